/** Allowing emergency access in three steps: who (their code, words compared), what and for how long, and what they know beforehand and read then. */
import { Button, Group, Stack } from '@mantine/core'
import { EMERGENCY_ROLES, type EmergencyRole } from '@chartkeep/domain'
import type { Grantee } from '@chartkeep/sync'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { addressOf } from '../../app/place/addresses.ts'
import { useChart, useSession } from '../../app/context/app-context.tsx'
import { Delayed } from '../../app/hooks/delayed.tsx'
import { EndField } from '../../app/people/end-field.tsx'
import { ListChoice } from '../../app/people/list-choice.tsx'
import { type Preset, PRESETS } from '../../app/people/scopes.ts'
import { SharedRecords, sharedOf, shownOf } from '../../app/people/shared-records.tsx'
import { Who } from '../../app/people/who.tsx'
import { Wizard } from '../../app/people/wizard.tsx'
import { useObservable } from '../../app/hooks/use-observable.ts'
import { formatDate, formatMoment } from '../../i18n/dates.ts'
import { currentLanguage } from '../../i18n/index.ts'
import { Card } from '../../ui/display/card.tsx'
import { ChooseOne } from '../../ui/fields/choices.tsx'
import { minuteTime, HOUR, localMinute } from '../../ui/fields/date-entry.ts'
import { Banner, Problem } from '../../ui/display/status-mark.tsx'

const STEPS = 3
const HOURS = [1, 8, 24, 72]
const USUAL_HOURS = 24
const YEAR_HOURS = 365 * 24
const EMERGENCY_PRESETS: readonly Preset[] = ['presetEmergency', 'presetVisit', 'presetAll', 'presetChoose']
/** Each role that may open it. */
const ALL = 'all'

interface GrantChoice {
  grantee: Grantee | null
  role: EmergencyRole | null
  preset: Preset
  collections: string[]
  hours: number
  /** Local time to the minute, as the field holds it. */
  until: string
}

/** What is chosen stays when the person goes a step back. */
export function AllowScreen() {
  const { t } = useTranslation()
  const { summary } = useChart()
  const [step, setStep] = useState(1)
  const [choice, setChoice] = useState<GrantChoice>({
    grantee: null,
    role: null,
    preset: 'presetEmergency',
    collections: [...PRESETS.presetEmergency],
    hours: USUAL_HOURS,
    until: localMinute(Date.now() + YEAR_HOURS * HOUR),
  })
  const { grantee } = choice
  const set = (change: Partial<GrantChoice>) => setChoice((before) => ({ ...before, ...change }))
  return (
    <Wizard
      name="allow"
      back={{ href: addressOf('share', summary.slot, 'emergency'), place: t('emerg.title') }}
      about={t('emerg.title')}
      step={step}
      all={STEPS}
      title={step === 1 ? t('share.stepWho') : step === 2 ? t('emerg.stepWhat') : t('share.stepCheck')}
    >
      {step === 1 || grantee === null ? (
        <Who
          grantee={grantee}
          onDone={(chosen) => {
            set({ grantee: chosen })
            setStep(2)
          }}
        />
      ) : step === 2 ? (
        <What choice={choice} grantee={grantee} onChange={set} onBack={() => setStep(1)} onDone={() => setStep(3)} />
      ) : (
        <Check choice={choice} grantee={grantee} onBack={() => setStep(2)} />
      )}
    </Wizard>
  )
}

interface StepProps {
  choice: GrantChoice
  grantee: Grantee
  onBack: () => void
}

function What({
  choice,
  grantee,
  onChange,
  onBack,
  onDone,
}: StepProps & { onChange: (change: Partial<GrantChoice>) => void; onDone: () => void }) {
  const { t } = useTranslation()
  const [problem, setProblem] = useState('')
  const next = () => {
    if (choice.collections.length === 0) return setProblem(t('share.pickOne'))
    if (!(minuteTime(choice.until) > Date.now())) return setProblem(t('share.untilPast'))
    onDone()
  }
  return (
    <Stack gap="lg">
      <p>
        <strong>{grantee.name}</strong>
      </p>
      <Problem text={problem} status="danger" />
      {grantee.practice ? (
        <ChooseOne
          id="role"
          legend={t('share.whoThere', { name: grantee.name })}
          value={choice.role ?? ALL}
          isOptional={false}
          onChange={(value) => onChange({ role: value === ALL ? null : (value as EmergencyRole) })}
          choices={[
            { value: ALL, label: t('emerg.treats') },
            ...EMERGENCY_ROLES.map((value) => ({ value, label: t(`share.only.${value}`) })),
          ]}
        />
      ) : null}
      <ListChoice
        presets={EMERGENCY_PRESETS}
        preset={choice.preset}
        collections={choice.collections}
        onChange={(preset, collections) => onChange({ preset, collections })}
      />
      <ChooseOne
        id="hours"
        legend={t('emerg.lasts')}
        value={String(choice.hours)}
        isOptional={false}
        onChange={(value) => onChange({ hours: Number(value) })}
        choices={HOURS.map((count) => ({ value: String(count), label: t('emerg.hours', { count }) }))}
      />
      <EndField
        value={choice.until}
        onChange={(until) => onChange({ until })}
        label={t('emerg.untilLabel')}
        spans={[
          { label: t('emerg.month'), hours: 30 * 24 },
          { label: t('emerg.halfYear'), hours: 182 * 24 },
          { label: t('emerg.year'), hours: YEAR_HOURS },
        ]}
      />
      <Group gap="sm">
        <Button onClick={next}>{t('deed.continue')}</Button>
        <Button variant="default" onClick={onBack}>
          {t('deed.back')}
        </Button>
      </Group>
    </Stack>
  )
}

function Check({ choice, grantee, onBack }: StepProps) {
  const { t } = useTranslation()
  const session = useSession()
  const { chart, summary } = useChart()
  const sync = useObservable(session.sync$)
  const records = useObservable(chart.all$)
  const [isWorking, setWorking] = useState(false)
  const [problem, setProblem] = useState('')
  const shared = useMemo(() => sharedOf(records ?? [], choice.collections), [records, choice.collections])
  if (records === undefined) return <Delayed />
  const shown = shownOf(records, summary)
  const group = grantee.name
  const language = currentLanguage()
  const isOffline = sync?.state === 'offline' || sync?.state === 'no-server'
  const time = formatMoment(new Date(choice.until), language)
  const allow = async () => {
    setWorking(true)
    setProblem('')
    try {
      const outcome = await chart.emergency.allow({
        grantee,
        ...(grantee.practice && choice.role !== null && { role: choice.role }),
        collections: choice.collections,
        durationMs: choice.hours * HOUR,
        until: minuteTime(choice.until),
        purpose: '',
        shown,
      })
      if (outcome.type === 'refused')
        return setProblem(`${t('emerg.refused')} ${t('error.code', { code: outcome.error })}`)
      window.location.hash = addressOf('share', summary.slot, 'emergency')
    } catch {
      // A full disk, or a session that was locked meanwhile: the wish may or may not be kept, so look before asking again.
      setProblem(t('share.failed'))
    } finally {
      setWorking(false)
    }
  }
  return (
    <Stack gap="md">
      <Card title={group}>
        <p>
          {shown.birthDate === ''
            ? t('emerg.beforehandName', { group, name: shown.name })
            : t('emerg.beforehand', { group, name: shown.name, birthDate: formatDate(shown.birthDate, language) })}
        </p>
        <p>
          {t('share.previewTitle', { count: shared.length })} · {t('emerg.oneLasts')}{' '}
          {t('emerg.hours', { count: choice.hours })}
        </p>
        <SharedRecords shared={shared} collections={choice.collections} />
      </Card>
      <Banner status="attention" title={t('emerg.enableTitle')}>
        {t('emerg.enable', { group })}
      </Banner>
      {isOffline ? <Banner status="neutral">{t('emerg.pending')}</Banner> : null}
      <Problem text={problem} />
      <Button onClick={() => void allow()} loading={isWorking}>
        {isOffline ? t('emerg.goOffline') : t('emerg.go', { time })}
      </Button>
      <Button variant="default" onClick={onBack}>
        {t('deed.back')}
      </Button>
    </Stack>
  )
}
