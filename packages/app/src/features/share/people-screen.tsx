/** Who holds and who manages this chart (C2), and what can be done about it: add, remove, leave, hand over. */
import { Button, Group, Stack } from '@mantine/core'
import { IconUserPlus } from '@tabler/icons-react'
import type { Owners, OwnerView } from '@chartkeep/sync'
import { useTranslation } from 'react-i18next'
import { ChartName, useChartLabel } from '../../app/people/use-chart-label.ts'
import { addressOf } from '../../app/place/addresses.ts'
import { useChart } from '../../app/context/app-context.tsx'
import { ActionButton } from '../../app/actions/action-button.tsx'
import { Delayed } from '../../app/hooks/delayed.tsx'
import { Screen } from '../../app/place/screen.tsx'
import { useAction } from '../../app/actions/use-action.ts'
import { useObservable } from '../../app/hooks/use-observable.ts'
import { formatMoment } from '../../i18n/dates.ts'
import { currentLanguage } from '../../i18n/index.ts'
import { Card, Facts, ScreenHead } from '../../ui/display/card.tsx'
import { Banner, Problem, StatusMark } from '../../ui/display/status-mark.tsx'
import { HolderAction, useProblemText } from './holder-action.tsx'

const moment = (time: number) => formatMoment(new Date(time), currentLanguage())

const FORMER = {
  left: 'people.left',
  removed: 'people.removed',
  'handed-over': 'people.handedOver',
} as const

export function PeopleScreen() {
  const { t } = useTranslation()
  const { chart, summary } = useChart()
  const owners = useObservable(chart.owners.state$)
  if (owners === undefined) return <Delayed />
  const here = owners.people.filter(({ ended }) => ended === null)
  const former = owners.people.filter(({ ended }) => ended !== null)
  return (
    <Screen word="share" focusKey={`${summary.slot} people`}>
      <ScreenHead
        title={t('people.title')}
        above={
          <p>
            <a className="ck-alone" href={addressOf('share', summary.slot)}>
              {t('deed.backTo', { place: t('screen.share') })}
            </a>
          </p>
        }
        actions={
          owners.role === null ? null : (
            <Button
              component="a"
              href={addressOf('share', summary.slot, 'person')}
              leftSection={<IconUserPlus size={20} aria-hidden="true" />}
            >
              {t('people.add')}
            </Button>
          )
        }
      >
        <ChartName of={summary} />
      </ScreenHead>
      <p>{t('people.intro')}</p>
      <HandOver owners={owners} />
      {here.length > 1 || owners.role !== 'holder' ? null : summary.look.opener?.how === 'kit' ? (
        <Banner status="info">{t('opener.byKit', { who: summary.look.opener.who })}</Banner>
      ) : (
        <Banner
          status="info"
          action={
            <Button component="a" href={addressOf('settings', summary.slot)} variant="default">
              {t('opener.answer')}
            </Button>
          }
        >
          {t('people.none')}
        </Banner>
      )}
      {here.map((person) => (
        <PersonCard key={person.account} person={person} />
      ))}
      {former.length === 0 ? null : (
        <Card title={t('people.former')}>
          {former.map(({ account, name, since, ended }) => (
            <p key={`${account} ${since}`}>
              {ended === null ? '' : t(FORMER[ended.how], { name: name || t('audit.someone'), time: moment(ended.at) })}
            </p>
          ))}
        </Card>
      )}
      {owners.role === null ? null : <Leave owners={owners} />}
    </Screen>
  )
}

function PersonCard({ person }: { person: OwnerView }) {
  const { t } = useTranslation()
  const { chart, summary } = useChart()
  const { account, role, addedBy, may } = person
  const name = person.name || t('audit.someone')
  const time = moment(person.since)
  const shown = { name: summary.name, birthDate: summary.birthDate }
  return (
    <Card
      title={person.me ? t('people.you', { name }) : name}
      aside={
        <StatusMark status={role === 'holder' ? 'good' : 'info'}>
          {role === 'holder' ? t('people.holder') : t('people.manager')}
        </StatusMark>
      }
    >
      <Facts
        items={[
          {
            label: t('people.since'),
            value:
              addedBy === null
                ? t('people.began', { time })
                : addedBy.me
                  ? t('people.addedByYou', { time })
                  : t('people.addedBy', { time, name: addedBy.name || t('audit.someone') }),
          },
        ]}
      />
      {person.removing ? (
        <>
          <p>{t('people.removing', { name })}</p>
          <ActionButton action={t('people.keepPerson', { name })} run={() => chart.owners.keep(account)} />
        </>
      ) : may.makeHolder || may.offer || may.remove ? (
        <Group gap="sm" mt="md">
          {may.makeHolder ? (
            <HolderAction
              action={t('people.makeHolder', { name })}
              text={t('people.makeHolderAsk', { name })}
              name={name}
              run={() => chart.owners.add({ person: { account, name }, role: 'holder', shown })}
            />
          ) : null}
          {may.offer ? (
            <HolderAction
              action={t('people.handOver', { name })}
              text={t('people.handOverAsk', { name })}
              go={t('people.handOverGo', { name })}
              name={name}
              run={() => chart.owners.offer(account)}
            />
          ) : null}
          {may.remove ? (
            <HolderAction
              action={t('people.remove', { name })}
              text={t('people.removeAsk', { name })}
              stay={t('people.keepPerson', { name })}
              name={name}
              run={() => chart.owners.remove(account)}
            />
          ) : null}
        </Group>
      ) : null}
    </Card>
  )
}

function HandOver({ owners: { handOver } }: { owners: Owners }) {
  const { t } = useTranslation()
  const { chart } = useChart()
  const problemText = useProblemText()
  const { isWorking, problem, run } = useAction()
  if (handOver === null) return null
  const { account, way, since } = handOver
  const name = handOver.name || t('audit.someone')
  const withdraw = () => run(async () => problemText(await chart.owners.withdraw(account), name))
  const button = (
    <Button variant="default" loading={isWorking} onClick={() => void withdraw()}>
      {way === 'given' ? t('people.takeBack') : t('people.turnDown')}
    </Button>
  )
  return (
    <>
      <Banner
        status="attention"
        action={
          way === 'given' ? (
            button
          ) : (
            <>
              <HolderAction
                isFirst
                action={t('people.accept')}
                text={t('people.acceptAsk', { name })}
                go={t('people.acceptGo')}
                name={name}
                run={() => chart.owners.takeOver(account)}
              />
              {button}
            </>
          )
        }
      >
        {way === 'given'
          ? t('people.given', { name, time: moment(since) })
          : t('people.received', { name, time: moment(since) })}
      </Banner>
      <Problem text={problem} />
    </>
  )
}

function Leave({ owners }: { owners: Owners }) {
  const { t } = useTranslation()
  const labelOf = useChartLabel()
  const { chart, summary } = useChart()
  return (
    <Stack gap="sm" align="flex-start">
      {owners.mayLeave ? (
        <HolderAction
          action={t('people.leave')}
          text={t('people.leaveAsk', { name: labelOf(summary) })}
          stay={t('people.stay')}
          name={summary.name}
          run={async () => {
            const outcome = await chart.owners.leave()
            if (outcome.type === 'done') window.location.hash = addressOf('patients')
            return outcome
          }}
        />
      ) : (
        <p>{t('people.last')}</p>
      )}
    </Stack>
  )
}
