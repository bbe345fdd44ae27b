/** The ground of the simulation of a practice's members (C12): what the patient lets each role do, who has which role, and what was sent by a role. */
import { idText } from '@chartkeep/protocol'
import { type AccountState, rolesAt } from '@chartkeep/protocol/account'
import type { ReceivedPart } from '@chartkeep/protocol/control'
import { decodeHeader, type Envelope, hashEnvelope } from '@chartkeep/protocol/streams'
import { ContentSignatures, currentMember, type SyncOutcome } from '@chartkeep/sync/testing'
import { type Device, streamOf } from './attack-world.ts'
import type { Apart } from './sim-apart.ts'

/** What goes wrong on purpose. */
export interface MembersMistakes {
  /** The patient's devices cut nobody who left, and renew nothing. */
  untidy?: boolean
  /** The server takes what comes late, and shows none of it. */
  dropsLate?: boolean
}

/** What another simulation brings to the same practice (sim-emergency.ts). */
export interface MembersWith {
  /** The patient shares lists with each role beforehand. */
  shared: boolean
  /** A device of a member takes part from now on. */
  entered(run: MembersRun, device: Device): void
  sync(device: Device): Promise<SyncOutcome>
  /** Streams besides those of the lists in which it may write now. */
  writes(run: MembersRun, device: Device): string[]
  /** Whether the device may have been shown a key of the control log. */
  isShown(device: Device, part: ReceivedPart): boolean
}

export const MEMBERS_ALONE: MembersWith = {
  shared: true,
  entered: () => {},
  sync: (device) => device.sync(),
  writes: () => [],
  isShown: () => true,
}

export interface MembersRun extends Apart, MembersWith {
  mistakes: MembersMistakes
  patient: Device[]
  /** Every device that a member has or had; the first is the administrator's who made the practice. */
  seats: Device[]
  /** Texts of each record by whoever wrote it, oldest first, and whether it is of a member. */
  written: Map<string, { by: Device; texts: string[]; list: string }>
  /** Envelopes that a device sent while its member had, by the practice's log, a role that may write there. */
  inTime: Set<string>
  /** Signature records, each with whoever signed. */
  signed: Map<string, Device>
  steps: number
}

/** What the patient lets each role do. */
export const RIGHTS = {
  physician: { labs: ['read', 'append', 'amend'], medications: ['read', 'append'], notes: ['read', 'append', 'sign'] },
  nurse: { labs: ['read', 'append', 'amend'] },
  scribe: { medications: ['read', 'append'] },
} as const
export type CareRole = keyof typeof RIGHTS
export const CARE = Object.keys(RIGHTS) as CareRole[]
export const NOTES = 'notes'
export const LISTS = ['labs', 'medications', NOTES] as const

/** The practice's log as whoever wrote in it last has it. */
export function logOf({ seats }: MembersRun): AccountState {
  const logs = seats.map(({ book, person }) => book.lookup(person.account)!)
  return logs.reduce((last, each) => (each.n > last.n ? each : last))
}

type List = (typeof LISTS)[number]
type Right = 'read' | 'append'

/** The lists in which somebody with these roles has a right, by what the patient gave. */
export function listsFor({ shared }: MembersRun, roles: readonly string[], right: Right): List[] {
  return LISTS.filter((list) =>
    CARE.some((role) => {
      const given: Partial<Record<List, readonly string[]>> = RIGHTS[role]
      return shared && roles.includes(role) && given[list]?.includes(right) === true
    }),
  )
}

export const rolesNow = (run: MembersRun, device: Device) => rolesAt(logOf(run), device.secrets.id, logOf(run).n) ?? []

/** From now on it is known which envelopes this device sent while its member might write there. */
export function noteSending(run: MembersRun, device: Device): void {
  const { push } = device.server
  device.server.push = (vault: Uint8Array, envelopes: Envelope[]) => {
    const lists = listsFor(run, rolesNow(run, device), 'append')
    const shared = lists.map((list) => idText(streamOf(run.world.laptop.machine, list)))
    const streams = new Set([...shared, ...run.writes(run, device)])
    for (const envelope of envelopes)
      if (streams.has(idText(decodeHeader(envelope.header)!.stream))) run.inTime.add(idText(hashEnvelope(envelope)))
    return push(vault, envelopes)
  }
}

export function signaturesAt(device: Device): ContentSignatures {
  const { machine, person, secrets } = device
  const people = {
    author: (account: string, id: string) => ({ account, device: id, member: '', name: account, me: false }),
  }
  const signer = () => currentMember(device.book.lookup(person.account)!, secrets.id, device.boxKeys())
  return new ContentSignatures({ machine, shown: machine.rows, people, signer })
}
