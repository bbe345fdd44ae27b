/** One chart of this account: what it is called and how it is marked, who may open it if this person cannot, its private lists, its people. */
import { Button, Group, Stack } from '@mantine/core'
import { isPrivateList } from '@chartkeep/domain'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ChartName, useChartLabel } from '../../app/people/use-chart-label.ts'
import { addressOf } from '../../app/place/addresses.ts'
import { useChart, useSession } from '../../app/context/app-context.tsx'
import { collectionLabel } from '../../app/words/collection-label.ts'
import { isChildInCare } from '../../app/people/kin.ts'
import { OpenerChoice } from '../../app/people/opener-choice.tsx'
import { Screen } from '../../app/place/screen.tsx'
import { useAction } from '../../app/actions/use-action.ts'
import { useObservable } from '../../app/hooks/use-observable.ts'
import { Card, ScreenHead } from '../../ui/display/card.tsx'
import { ErrorSummary } from '../../ui/fields/error-summary.tsx'
import { useFieldErrors } from '../../ui/fields/use-field-errors.ts'
import { Banner, Problem, StatusMark } from '../../ui/display/status-mark.tsx'
import { LookFields, type LookValues } from './look-fields.tsx'

export function ChartSettingsScreen() {
  const { t } = useTranslation()
  const { summary } = useChart()
  const isOwn = summary.relation === 'own'
  return (
    <Screen word="settings" focusKey={summary.slot}>
      <ScreenHead title={t('household.settings')}>
        <ChartName of={summary} />
      </ScreenHead>
      {isOwn ? (
        <>
          <Look key={summary.slot} />
          <Opener key={`opener ${summary.slot}`} />
          <PrivateLists />
          <People />
        </>
      ) : (
        <p>{t('household.notYours')}</p>
      )}
    </Screen>
  )
}

function Look() {
  const { t } = useTranslation()
  const labelOf = useChartLabel()
  const session = useSession()
  const { summary, person } = useChart()
  const [values, setValues] = useState<LookValues>({
    name: summary.name,
    kin: summary.look.kin,
    symbol: summary.look.symbol,
    tone: person.tone,
  })
  const { errors, attempt, refuse } = useFieldErrors()
  const [said, setSaid] = useState<'' | 'saved' | 'failed'>('')
  const save = async (event: FormEvent) => {
    event.preventDefault()
    const found =
      values.name.trim() === '' ? [{ field: 'name', message: t('form.required', { field: t('household.name') }) }] : []
    if (refuse(found)) return
    setSaid('')
    await session.setAppearance(summary.slot, values).then(
      () => setSaid('saved'),
      () => setSaid('failed'),
    )
  }
  return (
    <Card title={t('household.look')}>
      <form onSubmit={(event) => void save(event)} noValidate autoComplete="off">
        <ErrorSummary errors={errors} attempt={attempt} />
        <Stack gap="lg">
          <LookFields
            values={values}
            nameError={errors[0]?.message}
            onChange={(change) => {
              setSaid('')
              setValues((before) => ({ ...before, ...change }))
            }}
          />
          <div role="status">
            {said === 'saved' ? <Banner status="good">{t('household.saved')}</Banner> : null}
            {said === 'failed' ? <Banner status="attention">{t('household.failed')}</Banner> : null}
          </div>
          <Button type="submit">{t('deed.saveTo', { name: labelOf(summary) })}</Button>
        </Stack>
      </form>
    </Card>
  )
}

function Opener() {
  const { t } = useTranslation()
  const labelOf = useChartLabel()
  const session = useSession()
  const { chart, summary } = useChart()
  const owners = useObservable(chart.owners.state$)
  const [isChanging, setChanging] = useState(false)
  const { problem, run } = useAction()
  const { opener } = summary.look
  const others = (owners?.people ?? []).filter(({ me, ended }) => !me && ended === null)
  if (owners === undefined) return null
  const isAnswered = (opener !== null || others.length > 0) && !isChanging
  return (
    <Card title={t('opener.question')}>
      <Problem text={problem} />
      {isAnswered ? (
        <Stack gap="sm" align="flex-start">
          {others.map(({ account, name, role }) => (
            <StatusMark key={account} status="good">
              {t(role === 'holder' ? 'opener.byHolder' : 'opener.byManager', { name: name || t('audit.someone') })}
            </StatusMark>
          ))}
          {opener?.how === 'kit' ? (
            <StatusMark status="good">{t('opener.byKit', { who: opener.who })}</StatusMark>
          ) : null}
          {opener?.how === 'nobody' && others.length === 0 ? (
            <Banner status="attention">{t('people.none')}</Banner>
          ) : null}
          <Button variant="default" onClick={() => setChanging(true)}>
            {t('opener.change')}
          </Button>
        </Stack>
      ) : (
        <OpenerChoice
          opener={opener}
          save={t('deed.saveTo', { name: labelOf(summary) })}
          second={
            <Button component="a" href={addressOf('devices', 'kit')} variant="default">
              {t('opener.newKit')}
            </Button>
          }
          onSave={(answer) => {
            if (answer.how === 'person') {
              window.location.hash = addressOf('share', summary.slot, 'person')
              return
            }
            void run(async () => {
              await session.setAppearance(summary.slot, { opener: answer })
              setChanging(false)
              return ''
            })
          }}
          onLater={isChanging ? () => setChanging(false) : undefined}
        />
      )}
    </Card>
  )
}

function PrivateLists() {
  const { t } = useTranslation()
  const { chart } = useChart()
  const counts = useObservable(chart.counts$) ?? {}
  const filled = Object.entries(counts).filter(([name, count]) => isPrivateList(name) && count > 0)
  return (
    <Card title={t('private.title')} aside={<StatusMark status="private">{t('state.private')}</StatusMark>}>
      <p>{t('private.what')}</p>
      {filled.length === 0 ? (
        <p>{t('private.empty')}</p>
      ) : (
        <ul>
          {filled.map(([name, count]) => (
            <li key={name}>{t('joined.label', { label: collectionLabel(name, t), text: count })}</li>
          ))}
        </ul>
      )}
    </Card>
  )
}

function People() {
  const { t } = useTranslation()
  const { summary } = useChart()
  return (
    <Card title={t('people.title')}>
      <Group gap="sm">
        <Button component="a" variant="default" href={addressOf('share', summary.slot, 'people')}>
          {t('people.open')}
        </Button>
        {isChildInCare(summary.look.kin) ? (
          <Button component="a" variant="default" href={addressOf('share', summary.slot, 'handover')}>
            {t('handOver.title')}
          </Button>
        ) : null}
      </Group>
    </Card>
  )
}
