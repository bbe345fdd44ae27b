/** Opening one chart in an emergency: what happens then, the reason, and the deed. What was typed stays when it does not go. */
import { Button, Group, Stack, Textarea } from '@mantine/core'
import { type HeldChart, MAX_EMERGENCY_REASON, MIN_EMERGENCY_REASON } from '@chartkeep/sync'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useNavigate } from 'react-router'
import { addressOf, pathOf } from '../../app/place/addresses.ts'
import { useSession } from '../../app/context/app-context.tsx'
import { Screen } from '../../app/place/screen.tsx'
import { WithDraft } from '../../app/drafts/with-draft.tsx'
import { useAction } from '../../app/actions/use-action.ts'
import { formatDate, formatMoment } from '../../i18n/dates.ts'
import { currentLanguage } from '../../i18n/index.ts'
import { Card, ScreenHead } from '../../ui/display/card.tsx'
import { HOUR } from '../../ui/fields/date-entry.ts'
import { useFormValues } from '../../ui/forms/form-draft.ts'
import { Banner, Problem } from '../../ui/display/status-mark.tsx'
import { limited } from '../../ui/fields/limited.tsx'

const HAPPENS = ['told', 'recorded', 'reads', 'ends'] as const

interface Props {
  held: HeldChart
}

export function OpenForm(props: Props) {
  return (
    <WithDraft slot={`emergency ${props.held.id}`}>{({ done }) => <Fields {...props} onOpened={done} />}</WithDraft>
  )
}

function Fields({ held, onOpened }: Props & { onOpened: () => Promise<void> }) {
  const { t } = useTranslation()
  const session = useSession()
  const navigate = useNavigate()
  const { values, setValues } = useFormValues({ reason: '' })
  const { reason } = values
  const [isShort, setShort] = useState(false)
  const { isWorking, problem, setProblem, run } = useAction()
  const { id, name, birthDate, durationMs } = held
  const words = { name, hours: t('emerg.hours', { count: Math.round(durationMs / HOUR) }) }
  const open = () =>
    run(async () => {
      const outcome = await session.emergency.open(id, reason)
      if (outcome.type === 'offline') return t('emerg.offline')
      if (outcome.type === 'opened') {
        await onOpened().catch(() => {})
        // In place of the form: on the way back it would open the chart once more.
        void navigate(pathOf(session.practice === null ? 'overview' : 'chart', outcome.slot), { replace: true })
        return ''
      }
      if (outcome.why === 'reason') {
        setShort(true)
        return ''
      }
      const code = outcome.error === undefined ? '' : ` ${t('error.code', { code: outcome.error })}`
      return `${t(`emerg.why.${outcome.why}`, words)}${code}`
    })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setProblem('')
    const isTooShort = reason.trim().length < MIN_EMERGENCY_REASON
    setShort(isTooShort)
    if (!isTooShort) void open()
  }
  return (
    <Screen word="patients" focusKey={`emergency ${id}`}>
      <ScreenHead title={t('emerg.openTitle', { name })}>
        {birthDate === ''
          ? t('clinic.noBirthDate')
          : t('import.born', { date: formatDate(birthDate, currentLanguage()) })}
      </ScreenHead>
      {held.isClockAhead ? (
        <Banner status="attention">
          {t('emerg.clockAhead', { time: formatMoment(new Date(), currentLanguage()) })}
        </Banner>
      ) : null}
      <Card title={t('emerg.happensTitle')}>
        <ul>
          {HAPPENS.map((what) => (
            <li key={what}>{t(`emerg.happens.${what}`, words)}</li>
          ))}
        </ul>
      </Card>
      <form onSubmit={submit} noValidate autoComplete="off">
        <Stack gap="md">
          <Problem text={problem} />
          <Textarea
            label={t('emerg.reason')}
            value={reason}
            {...limited(reason, MAX_EMERGENCY_REASON, t, t('emerg.reasonHint', { name }))}
            onChange={(event) => {
              const text = event.currentTarget.value
              setValues(() => ({ reason: text }))
            }}
            error={isShort ? t('emerg.reasonMissing', { name }) : undefined}
            autosize
            minRows={2}
            autoComplete="off"
          />
          <Group gap="sm">
            <Button type="submit" loading={isWorking}>
              {t('emerg.openNow')}
            </Button>
            <Button component="a" variant="default" href={addressOf('patients', 'emergency')}>
              {t('emerg.back')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Screen>
  )
}
