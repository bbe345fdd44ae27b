/** The ways back of this account as screens show them, and the page that asks for the kit at its moments. */
import type { ChartRecord } from '@chartkeep/sync'
import { useEffect } from 'react'
import { useNavigate } from 'react-router'
import { useChart, useSession } from '../context/app-context.tsx'
import { useHeldChart, useSessionCharts } from '../context/charts-in-session.tsx'
import { useObservable } from '../hooks/use-observable.ts'
import { isPutOff } from './later.ts'
import { pathOf } from '../place/addresses.ts'
import { isSample } from './sample-account.ts'
import { hasWayBack, kitMoment, waysBack, type WaysBack } from './ways-back.ts'

/** The question that can be put off by a day; it belongs to the account and to no chart. */
export const KIT_QUESTION = 'kit'
const ASKED = 'kit-asked'
const ASKED_ON = 'kit-asked-on'

/** `undefined` while it is not known whether somebody helps. */
export function useWaysBack(): WaysBack | undefined {
  const session = useSession()
  const devices = useObservable(session.devices$)
  const { charts, keepOf } = useSessionCharts()
  const own = charts?.find(({ relation, state }) => relation === 'own' && state === 'open')?.slot
  const chart = useHeldChart(charts === undefined ? undefined : own === undefined ? null : keepOf(own))
  const owners = useObservable(chart?.owners.state$)
  if (devices === undefined || chart === undefined || (chart !== null && owners === undefined)) return undefined
  const hasHelper = owners?.people.some(({ me, ended }) => !me && ended === null) ?? false
  return waysBack(session.isKitProved(), devices, hasHelper)
}

/** Opens the page of the kit when a moment for it has come, at Home and nowhere else; it can be put off there. */
export function useKitMoment(records: readonly ChartRecord[] | undefined): void {
  const session = useSession()
  const { chart, summary } = useChart()
  const navigate = useNavigate()
  const ways = useWaysBack()
  const grants = useObservable(chart.grants$)
  const isQuiet =
    summary.relation !== 'own' ||
    records === undefined ||
    grants === undefined ||
    ways === undefined ||
    hasWayBack(ways) ||
    isSample(session) ||
    isPutOff(session, KIT_QUESTION, session.account)
  const today = new Date().toDateString()
  const asked = session.setting(ASKED)?.split(' ') ?? []
  // Counted only where something may be asked: a chart has thousands of records.
  const momentNow = () => {
    const entries = (records ?? []).filter(({ collection }) => collection !== 'audit' && collection !== 'profile')
    return kitMoment({
      now: Date.now(),
      since: session.since,
      entries: entries.length,
      hasImported: entries.some(({ importSource }) => importSource !== ''),
      hasShared: (grants ?? []).length > 0,
      asked,
      askedOn: session.setting(ASKED_ON) ?? '',
      today,
    })
  }
  const moment = isQuiet ? null : momentNow()
  useEffect(() => {
    if (moment === null) return
    const noted =
      moment === 'daily' ? session.setSetting(ASKED_ON, today) : session.setSetting(ASKED, [...asked, moment].join(' '))
    // Where even that cannot be written, the person is left in peace: they would be asked at every step.
    noted.then(
      () => void navigate(pathOf('devices', 'kit')),
      () => {},
    )
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- once for each moment
  }, [moment])
}
