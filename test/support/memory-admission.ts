/** Who is in, who waits and who is expected, in the storage in memory (H2, H9). */
import { idText } from '@chartkeep/protocol'
import type { Admission, AdmissionReader, AdmissionWriter, RoomNetwork, Ticket } from '@chartkeep/sync-server/testing'

type Read = (key: string) => unknown
type Set = (key: string, value: unknown) => void
type Kept = Admission & { account: Uint8Array }

const admissions = (read: Read) => (read('admissions') as Kept[] | undefined) ?? []
const tickets = (read: Read) => (read('tickets') as Ticket[] | undefined) ?? []
const same = (a: Uint8Array, b: Uint8Array) => idText(a) === idText(b)
const byAge = (a: { since: number }, b: { since: number }) => a.since - b.since
const nearOf = ({ network }: Admission) => (network ? idText(network.near) : '')
const wideOf = ({ network }: Admission) => (network ? idText(network.wide) : '')

function oldestOf(places: Kept[]) {
  const [first] = places.toSorted(byAge)
  return first === undefined ? null : { account: first.account, since: first.since }
}

export function memoryAdmissionReader(read: Read): AdmissionReader {
  const isExpected = (account: Uint8Array) => tickets(read).some((each) => same(each.account, account))
  const inRoom = () =>
    admissions(read).filter(
      ({ account, standing, network }) => standing === 'waiting' && network !== null && !isExpected(account),
    )
  return {
    admission(account) {
      const found = admissions(read).find((each) => same(each.account, account))
      if (found === undefined) return null
      const { standing, since, network } = found
      return standing === 'waiting' && network !== undefined ? { standing, since, network } : { standing, since }
    },
    waitingAccounts() {
      const places = inRoom()
      const groups = [...new Set(places.map(wideOf))].map((wide) => places.filter((each) => wideOf(each) === wide))
      const [most = []] = groups.toSorted((a, b) => b.length - a.length || oldestOf(a)!.since - oldestOf(b)!.since)
      return { count: places.length, oldest: oldestOf(most) }
    },
    waitingOf({ near, wide }: RoomNetwork) {
      const close = inRoom().filter((each) => nearOf(each) === idText(near))
      return {
        near: close.length,
        wide: inRoom().filter((each) => wideOf(each) === idText(wide)).length,
        oldest: oldestOf(close),
      }
    },
    isExpected,
    ticketsOf: (member) =>
      tickets(read)
        .filter((each) => same(each.member, member))
        .filter(({ account }) => {
          const known = admissions(read).find((each) => same(each.account, account))
          return known === undefined || known.standing === 'waiting'
        })
        .toSorted(byAge),
    ticketsBefore: (time) => tickets(read).filter(({ since }) => since < time),
  }
}

export function memoryAdmissionWriter(read: Read, set: Set): AdmissionWriter {
  const withoutTicket = (account: Uint8Array, member: Uint8Array) =>
    tickets(read).filter((each) => !same(each.account, account) || !same(each.member, member))
  return {
    setAdmission(account, admission) {
      forgetAdmission(read, set, account)
      set('admissions', [...admissions(read), { ...admission, account: account.slice() }])
    },
    addTicket: (ticket) => set('tickets', [...withoutTicket(ticket.account, ticket.member), ticket]),
    dropTicket: (account, member) => set('tickets', withoutTicket(account, member)),
  }
}

export function forgetAdmission(read: Read, set: Set, account: Uint8Array): void {
  set(
    'admissions',
    admissions(read).filter((each) => !same(each.account, account)),
  )
}

/** H8: moves their times. */
export function putBackAdmissions(read: Read, set: Set, moved: (since: number) => number): void {
  const back = <T extends { since: number }>(each: T) => ({ ...each, since: moved(each.since) })
  set('admissions', admissions(read).map(back))
  set('tickets', tickets(read).map(back))
}
