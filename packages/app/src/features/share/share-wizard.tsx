/** A new share in three steps: who (their code, words compared), what and until when, and exactly what they will see. */
import { Button, Checkbox, Group, Stack, Textarea, TextInput } from '@mantine/core'
import type { Grantee, RightWord } from '@chartkeep/sync'
import { stringAt } from '@chartkeep/domain'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { addressOf } from '../../app/addresses.ts'
import { useChart, useSession } from '../../app/app-context.tsx'
import { collectionLabel } from '../../app/collection-label.ts'
import { rowsOf } from '../../app/record-view.ts'
import { Screen } from '../../app/screen.tsx'
import { useObservable } from '../../app/use-observable.ts'
import { useWording } from '../../app/use-wording.ts'
import { formatMoment } from '../../i18n/dates.ts'
import { currentLanguage } from '../../i18n/index.ts'
import { Card } from '../../ui/card.tsx'
import { ChooseOne } from '../../ui/choices.tsx'
import { RowLinks } from '../../ui/row-links.tsx'
import { Banner } from '../../ui/status-mark.tsx'
import { CompareWords } from './compare-words.tsx'
import { localMinute, type Preset, PRESETS, rightsText, SHAREABLE } from './scopes.ts'
import styles from './share.module.css'

const HOUR = 3_600_000
const STEPS = 3
const SHOWN_PER_LIST = 50

interface Draft {
  preset: Preset
  collections: string[]
  rights: RightWord[]
  /** Local time to the minute, as the field holds it. */
  until: string
  purpose: string
}

/** What is chosen stays when the person goes a step back. */
export function ShareWizard() {
  const { t } = useTranslation()
  const { summary } = useChart()
  const [step, setStep] = useState(1)
  const [grantee, setGrantee] = useState<Grantee | null>(null)
  const [draft, setDraft] = useState<Draft>({
    preset: 'presetVisit',
    collections: [...PRESETS.presetVisit],
    rights: ['read'],
    until: localMinute(Date.now() + 48 * HOUR),
    purpose: '',
  })
  return (
    <Screen word="share" focusKey={`new ${step}`}>
      <div className={styles.wizard}>
        <p>
          <a href={addressOf('share', summary.slot)}>{t('deed.backTo', { place: t('screen.share') })}</a>
        </p>
        <p className={styles.step}>
          {summary.name} · {t('share.step', { n: step, all: STEPS })}
        </p>
        <h1 tabIndex={-1} id="screen-title">
          {step === 1 ? t('share.stepWho') : step === 2 ? t('share.stepWhat') : t('share.stepCheck')}
        </h1>
        {step === 1 ? (
          <Who
            grantee={grantee}
            onDone={(chosen) => {
              setGrantee(chosen)
              setStep(2)
            }}
          />
        ) : step === 2 && grantee ? (
          <What
            grantee={grantee}
            draft={draft}
            onBack={() => setStep(1)}
            onDone={(changed) => {
              setDraft(changed)
              setStep(3)
            }}
          />
        ) : grantee ? (
          <Check grantee={grantee} draft={draft} onBack={() => setStep(2)} />
        ) : null}
      </div>
    </Screen>
  )
}

function Who({ grantee: known, onDone }: { grantee: Grantee | null; onDone: (grantee: Grantee) => void }) {
  const { t } = useTranslation()
  const session = useSession()
  const [code, setCode] = useState(known?.code ?? '')
  const [found, setFound] = useState<Grantee | null>(known)
  const [name, setName] = useState(known?.name ?? '')
  const [problem, setProblem] = useState('')
  const [isLooking, setLooking] = useState(false)
  const [isDifferent, setDifferent] = useState(false)
  const look = async () => {
    setProblem('')
    setDifferent(false)
    setLooking(true)
    try {
      const answer = await session.readSharingCode(code.trim())
      if ('type' in answer) {
        setFound(null)
        const texts = {
          'bad-code': t('share.pasteBad'),
          'own-code': t('share.pasteSelf'),
          offline: t('share.offlineLook'),
          'not-found': t('share.notFound'),
          changed: t('share.changed', { name: name || t('audit.someone') }),
        }
        return setProblem(texts[answer.type])
      }
      setFound(answer)
      setName(answer.name)
    } finally {
      setLooking(false)
    }
  }
  return (
    <Stack gap="lg">
      <Textarea
        id="code"
        label={t('share.paste')}
        description={t('share.pasteHint')}
        value={code}
        onChange={(event) => {
          setCode(event.currentTarget.value)
          setFound(null)
        }}
        error={problem || undefined}
        autosize
        minRows={3}
        autoComplete="off"
        spellCheck={false}
        classNames={{ input: 'ck-code' }}
      />
      {found ? (
        <>
          <TextInput
            label={t('share.name')}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            autoComplete="off"
          />
          <Card title={t('share.compare')}>
            <p>{t('share.compareHint')}</p>
            <CompareWords grantee={found} />
          </Card>
          {isDifferent ? (
            <Banner status="danger" urgent>
              {t('share.mismatch')}
            </Banner>
          ) : null}
          <Group gap="sm">
            <Button onClick={() => onDone({ ...found, name: name.trim() || found.name })}>{t('share.match')}</Button>
            <Button
              variant="default"
              onClick={() => {
                setDifferent(true)
                setFound(null)
                setProblem(t('share.mismatch'))
              }}
            >
              {t('share.differ')}
            </Button>
          </Group>
        </>
      ) : (
        <Button onClick={() => void look()} loading={isLooking} disabled={code.trim() === ''}>
          {t('deed.continue')}
        </Button>
      )}
      <p role="status">{isLooking ? t('share.looking') : ''}</p>
    </Stack>
  )
}

function What({
  grantee,
  draft,
  onBack,
  onDone,
}: {
  grantee: Grantee
  draft: Draft
  onBack: () => void
  onDone: (draft: Draft) => void
}) {
  const { t } = useTranslation()
  const { chart } = useChart()
  const counts = useObservable(chart.counts$) ?? {}
  const [values, setValues] = useState(draft)
  const [problem, setProblem] = useState('')
  const set = (change: Partial<Draft>) => setValues((before) => ({ ...before, ...change }))
  const next = () => {
    if (values.collections.length === 0) return setProblem(t('share.pickOne'))
    if (!(new Date(values.until).getTime() > Date.now())) return setProblem(t('share.untilPast'))
    onDone(values)
  }
  const toggle = (collection: string, isOn: boolean) =>
    set({
      preset: 'presetChoose',
      collections: isOn
        ? [...values.collections, collection]
        : values.collections.filter((other) => other !== collection),
    })
  return (
    <Stack gap="lg">
      <p>
        <strong>{grantee.name}</strong>
      </p>
      {problem === '' ? null : (
        <Banner status="danger" urgent>
          {problem}
        </Banner>
      )}
      <ChooseOne
        id="preset"
        legend={t('share.what')}
        value={values.preset}
        isOptional={false}
        onChange={(preset) => set({ preset: preset as Preset, collections: [...PRESETS[preset as Preset]] })}
        choices={(Object.keys(PRESETS) as Preset[]).map((preset) => ({ value: preset, label: t(`share.${preset}`) }))}
      />
      <fieldset className={styles.lists}>
        <legend>{t('overview.lists')}</legend>
        {SHAREABLE.map((collection) => (
          <Checkbox
            key={collection}
            py="xs"
            label={`${collectionLabel(collection, t)} (${counts[collection] ?? 0})`}
            checked={values.collections.includes(collection)}
            onChange={(event) => toggle(collection, event.currentTarget.checked)}
          />
        ))}
      </fieldset>
      <p>{t('share.privateNever')}</p>
      <fieldset className={styles.lists}>
        <legend>{t('share.may')}</legend>
        {(['read', 'append', 'amend'] as const).map((right) => (
          <Checkbox
            key={right}
            py="xs"
            label={t(`share.${right}`)}
            disabled={right === 'read'}
            checked={values.rights.includes(right)}
            onChange={(event) =>
              set({
                rights: event.currentTarget.checked
                  ? [...values.rights, right]
                  : values.rights.filter((other) => other !== right),
              })
            }
          />
        ))}
      </fieldset>
      <div>
        <TextInput
          id="until"
          type="datetime-local"
          label={t('share.untilLabel')}
          value={values.until}
          onChange={(event) => set({ until: event.currentTarget.value })}
        />
        <Group gap="sm" mt="sm">
          {(
            [
              ['hours24', 24],
              ['hours48', 48],
              ['days30', 24 * 30],
            ] as const
          ).map(([key, hours]) => (
            <Button key={key} variant="default" onClick={() => set({ until: localMinute(Date.now() + hours * HOUR) })}>
              {t(`share.${key}`)}
            </Button>
          ))}
        </Group>
      </div>
      <TextInput
        label={t('share.purpose')}
        value={values.purpose}
        onChange={(event) => set({ purpose: event.currentTarget.value })}
        autoComplete="off"
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

function Check({ grantee, draft, onBack }: { grantee: Grantee; draft: Draft; onBack: () => void }) {
  const { t } = useTranslation()
  const session = useSession()
  const { chart, summary, views } = useChart()
  const wording = useWording()
  const sync = useObservable(session.sync$)
  const records = useObservable(chart.all$)
  const [isSharing, setSharing] = useState(false)
  const [problem, setProblem] = useState('')
  const shared = useMemo(
    () =>
      (records ?? []).filter((record) => draft.collections.includes(record.collection) && record.status !== 'error'),
    [records, draft.collections],
  )
  const groups = useMemo(
    () =>
      draft.collections.map((collection) => {
        const listed = shared.filter((record) => record.collection === collection)
        return { collection, count: listed.length, rows: rowsOf(listed.slice(0, SHOWN_PER_LIST), wording) }
      }),
    [shared, draft.collections, wording],
  )
  const until = new Date(draft.until)
  const time = formatMoment(until, currentLanguage())
  const isOffline = sync?.state === 'offline' || sync?.state === 'no-server'
  const count = shared.length
  const share = async () => {
    setSharing(true)
    setProblem('')
    try {
      const patient = (records ?? []).find((record) => record.type === 'Patient')
      const outcome = await chart.share({
        grantee,
        scopes: draft.collections.map((collection) => ({ collection, rights: draft.rights })),
        until: until.getTime(),
        purpose: draft.purpose.trim(),
        shown: {
          name: summary.name,
          birthDate: patient ? stringAt(views.of(patient).resource, 'birthDate') : summary.birthDate,
        },
      })
      if (outcome.type === 'refused')
        return setProblem(`${t('share.refused')} ${t('error.code', { code: outcome.error })}`)
      window.location.hash = addressOf('share', summary.slot)
    } finally {
      setSharing(false)
    }
  }
  return (
    <Stack gap="md">
      <Card>
        <p>
          <strong>{grantee.name}</strong> · {rightsText(draft.rights, t)} ·{' '}
          <span className="ck-nowrap">{t('share.untilTime', { time })}</span>
        </p>
        <p>{t('share.previewTitle', { count })}</p>
        {groups.map(({ collection, count: size, rows }) => (
          <details key={collection}>
            <summary>
              {collectionLabel(collection, t)} ({size})
            </summary>
            <div className={styles.preview}>
              <RowLinks rows={rows} />
            </div>
          </details>
        ))}
      </Card>
      <Banner status="info">{t('share.honest', { name: grantee.name })}</Banner>
      {isOffline ? <Banner status="neutral">{t('share.pending')}</Banner> : null}
      {problem === '' ? null : (
        <Banner status="attention" urgent>
          {problem}
        </Banner>
      )}
      <Button onClick={() => void share()} loading={isSharing} disabled={records === undefined}>
        {isOffline ? t('share.goOffline', { count }) : t('share.go', { count, time })}
      </Button>
      <Button variant="default" onClick={onBack}>
        {t('deed.back')}
      </Button>
    </Stack>
  )
}
