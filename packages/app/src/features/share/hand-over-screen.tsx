/** The guided way of a child's chart into the child's own hands (C2): an account of their own, an offer, their yes; both sign. */
import { Button, Stack } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { addressOf } from '../../app/place/addresses.ts'
import { useChart } from '../../app/context/app-context.tsx'
import { patientText } from '../../app/words/chart-patient.ts'
import { ActionButton } from '../../app/actions/action-button.tsx'
import { Delayed } from '../../app/hooks/delayed.tsx'
import { comingOfAge } from '../../app/people/of-age.ts'
import { Screen } from '../../app/place/screen.tsx'
import { useObservable } from '../../app/hooks/use-observable.ts'
import { formatDateOnly, formatMoment } from '../../i18n/dates.ts'
import { currentLanguage } from '../../i18n/index.ts'
import { Card, ScreenHead } from '../../ui/display/card.tsx'
import { Banner, StatusMark } from '../../ui/display/status-mark.tsx'
import { HolderAction, useProblemText } from './holder-action.tsx'

export function HandOverScreen() {
  const { t } = useTranslation()
  const { chart, summary } = useChart()
  const owners = useObservable(chart.owners.state$)
  const records = useObservable(chart.all$)
  const problemText = useProblemText()
  if (owners === undefined || records === undefined) return <Delayed />
  const { name, slot } = summary
  const birthday = comingOfAge(patientText(records, 'birthDate') || summary.birthDate, new Date())
  const managers = owners.people.filter(({ me, ended, role }) => !me && ended === null && role === 'manager')
  const parents = owners.people.filter(({ me, ended, role }) => !me && ended === null && role === 'holder')
  const given = owners.handOver?.way === 'given' ? owners.handOver : null
  return (
    <Screen word="share" focusKey={`${slot} handover`}>
      <ScreenHead
        title={t('handOver.title')}
        above={
          <p>
            <a className="ck-alone" href={addressOf('share', slot, 'people')}>
              {t('deed.backTo', { place: t('people.title') })}
            </a>
          </p>
        }
      >
        {name}
      </ScreenHead>
      {birthday === null ? null : (
        <Banner status="info">
          {t(birthday.isOver ? 'handOver.isOfAge' : 'handOver.willBe', {
            name,
            date: formatDateOnly(birthday.day, currentLanguage()),
          })}
        </Banner>
      )}
      <p>{t('handOver.what', { name })}</p>
      {owners.role === 'holder' ? null : <Banner status="attention">{t('handOver.holdersOnly')}</Banner>}
      <Step n={1} isDone={managers.length > 0} title={t('handOver.account', { name })}>
        <p>{t('handOver.accountHow', { name })}</p>
        {managers.map(({ account, name: manager }) => (
          <p key={account}>{t('handOver.manages', { name: manager || t('audit.someone') })}</p>
        ))}
        <Button
          component="a"
          href={addressOf('share', slot, 'person')}
          variant={managers.length > 0 ? 'default' : 'filled'}
        >
          {t('handOver.add', { name })}
        </Button>
      </Step>
      <Step n={2} isDone={given !== null} title={t('handOver.offer')}>
        <p>{t('handOver.offerHow', { name })}</p>
        {given !== null ? (
          <>
            <p>
              {t('people.given', {
                name: given.name || name,
                time: formatMoment(new Date(given.since), currentLanguage()),
              })}
            </p>
            <ActionButton
              action={t('people.takeBack')}
              run={async () => problemText(await chart.owners.withdraw(given.account), given.name || name)}
            />
          </>
        ) : managers.length === 0 ? (
          <p>{t('handOver.first')}</p>
        ) : (
          managers
            .filter(({ may }) => may.offer)
            .map(({ account, name: manager }) => (
              <HolderAction
                key={account}
                isFirst
                action={t('people.handOver', { name: manager || t('audit.someone') })}
                text={t('people.handOverAsk', { name: manager || t('audit.someone') })}
                go={t('people.handOverGo', { name: manager || t('audit.someone') })}
                name={manager || t('audit.someone')}
                run={() => chart.owners.offer(account)}
              />
            ))
        )}
      </Step>
      <Step n={3} isDone={false} title={t('handOver.accepts', { name })}>
        <p>{t('handOver.acceptsHow', { name })}</p>
      </Step>
      <Step n={4} isDone={false} title={t('handOver.after')}>
        <p>{t('handOver.afterHow', { name })}</p>
        {parents.map(({ account, name: parent }) => (
          <p key={account}>{t('handOver.otherHolder', { parent: parent || t('audit.someone'), name })}</p>
        ))}
      </Step>
    </Screen>
  )
}

function Step({
  n,
  title,
  isDone,
  children,
}: {
  n: number
  title: string
  isDone: boolean
  children: React.ReactNode
}) {
  const { t } = useTranslation()
  return (
    <Card
      title={`${n}. ${title}`}
      aside={isDone ? <StatusMark status="good">{t('handOver.done')}</StatusMark> : undefined}
    >
      <Stack gap="sm" align="flex-start">
        {children}
      </Stack>
    </Card>
  )
}
