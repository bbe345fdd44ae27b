/** What can be asked of a control log (C2, C4, S9, A2): who may end whom, who could write what, whose keys are stale, what was restarted. */
import { ALL_RIGHTS, AMEND, APPEND, idText, READ, SIGN } from '@chartkeep/protocol'
import { accessLogId } from '@chartkeep/protocol/audit'
import {
  accessLogKey,
  controlHead,
  deviceCut,
  hasControlHead,
  mayEnd,
  rolesWriting,
  staleStreams,
  wasRestarted,
  type ControlState,
  type Grant,
  type Owner,
} from '@chartkeep/protocol/control'
import { couldWrite, uncutGrants } from '@chartkeep/protocol/testing'
import { beforeAll, describe, expect, test } from 'vitest'
import { createPerson } from '../../support/protocol-people.ts'
import { createVault } from '../../support/protocol-vault.ts'
import { countingBytes } from '../../support/vectors.ts'

const id = (at: number) => countingBytes(16, at * 16)
const [mother, father, helper, aunt, doctor] = [1, 2, 3, 4, 5].map(id) as [
  Uint8Array,
  Uint8Array,
  Uint8Array,
  Uint8Array,
  Uint8Array,
]
let state: ControlState
let labs: string
let notes: string
beforeAll(async () => {
  const vault = await createVault(await createPerson('state-owner'), 2)
  state = vault.state
  labs = idText(vault.streams[0]!)
  notes = idText(vault.streams[1]!)
})

const stay = (account: Uint8Array, role: Owner['role'], more: Partial<Owner> = {}): Owner => ({
  account,
  practice: false,
  role,
  at: 1,
  time: 0,
  addedBy: null,
  cut: null,
  ...more,
})
const cutAt = (at: number, by: Uint8Array): Owner['cut'] => ({
  grant: null,
  account: null,
  device: null,
  reason: 'member-removed',
  streams: [],
  at,
  time: 0,
  by,
})

test('C12: by the role of administrators a practice writes that is an owner, whoever else is one', () => {
  const of = (...owners: Owner[]) => ({ ...state, owners, grants: new Map<string, Grant>() })
  const [patient, practice] = [stay(mother, 'holder'), stay(doctor, 'manager', { practice: true })]
  for (const shared of [of(patient, practice), of(practice, patient)]) {
    expect(rolesWriting(shared, doctor, labs)).toEqual(['admin'])
    expect(rolesWriting(shared, mother, labs)).toEqual([])
    expect(rolesWriting(shared, helper, labs)).toEqual([])
  }
  expect(rolesWriting(of(patient), doctor, labs)).toEqual([])
})

describe('C2: who may end whose place', () => {
  const owned = (...owners: Owner[]): ControlState => ({ ...state, owners })
  const family = () =>
    owned(
      stay(mother, 'holder'),
      stay(father, 'holder'),
      stay(helper, 'manager', { addedBy: mother }),
      stay(aunt, 'manager', { addedBy: helper }),
    )

  test('C2: a holder that of every manager, and no other holder’s', () => {
    for (const manager of [helper, aunt]) expect(mayEnd(family(), manager, father)).toBe(true)
    expect(mayEnd(family(), father, mother)).toBe(false)
  })

  test('C2: a manager that of those whom it added, and of nobody else', () => {
    expect(mayEnd(family(), aunt, helper)).toBe(true)
    expect(mayEnd(family(), helper, aunt)).toBe(false)
    for (const holder of [mother, father]) expect(mayEnd(family(), holder, helper)).toBe(false)
    const first = owned(stay(mother, 'holder'), stay(helper, 'manager'), stay(aunt, 'manager'))
    expect(mayEnd(first, aunt, helper), 'added by nobody that is known').toBe(false)
    // Not even a holder whom a manager had added when it was a manager too.
    expect(mayEnd(owned(stay(mother, 'manager'), stay(father, 'holder', { addedBy: mother })), father, mother)).toBe(
      false,
    )
  })

  test('C2: each its own, but the last holder', () => {
    for (const account of [mother, father, helper, aunt]) expect(mayEnd(family(), account, account)).toBe(true)
    const alone = owned(stay(mother, 'holder'), stay(helper, 'manager'))
    expect(mayEnd(alone, mother, mother)).toBe(false)
    expect(mayEnd(alone, helper, helper)).toBe(true)
  })

  test('C2: nobody who is no owner any more, nor that of somebody who is none', () => {
    const left = owned(
      stay(mother, 'holder'),
      stay(helper, 'manager', { cut: cutAt(3, mother) }),
      stay(aunt, 'manager', { addedBy: helper }),
    )
    expect(mayEnd(left, aunt, helper)).toBe(false)
    expect(mayEnd(left, aunt, doctor)).toBe(false)
    expect(mayEnd(left, helper, mother)).toBe(false)
    expect(mayEnd(left, doctor, mother)).toBe(false)
  })
})

describe('C4: who could write a stream', () => {
  const grantOf = (account: Uint8Array | null, rights: number, more: Partial<Grant> = {}): Grant => ({
    id: id(9),
    at: 2,
    time: 0,
    account,
    role: null,
    streams: new Map([[labs, { rights, start: null }]]),
    emergency: null,
    notBefore: 0,
    notAfter: 1,
    cut: null,
    ...more,
  })
  const granted = (...grants: Grant[]): ControlState => ({
    ...state,
    owners: [stay(mother, 'holder')],
    grants: new Map(grants.map((grant, at) => [idText(id(20 + at)), grant])),
  })

  test('C4: a grantee what one of its grants lets it write, until that is cut, over or not', () => {
    for (const rights of [APPEND, AMEND, SIGN, ALL_RIGHTS])
      expect(couldWrite(granted(grantOf(doctor, rights)), doctor, labs)).toBe(true)
    expect(couldWrite(granted(grantOf(doctor, READ)), doctor, labs)).toBe(false)
    expect(couldWrite(granted(grantOf(doctor, ALL_RIGHTS)), doctor, notes)).toBe(false)
    expect(couldWrite(granted(grantOf(doctor, READ), grantOf(doctor, APPEND)), doctor, labs)).toBe(true)
    expect(couldWrite(granted(grantOf(null, ALL_RIGHTS), grantOf(aunt, ALL_RIGHTS)), doctor, labs)).toBe(false)
    const cut = { ...cutAt(3, mother)!, grant: id(9) }
    expect(couldWrite(granted(grantOf(doctor, ALL_RIGHTS, { cut })), doctor, labs)).toBe(false)
    expect(
      uncutGrants(granted(grantOf(doctor, READ), grantOf(doctor, READ, { cut }), grantOf(null, READ)), doctor),
    ).toHaveLength(1)
  })

  test('C4, A2: an owner every collection, but neither the audit log of a grant nor the access log', () => {
    const own = granted()
    expect(couldWrite(own, mother, labs)).toBe(true)
    expect(couldWrite(own, mother, idText(id(8)))).toBe(false)
    expect(couldWrite(own, doctor, labs)).toBe(false)
    const known = own.streams.get(labs)!
    const log = idText(accessLogId(own.vault))
    const streams = new Map(own.streams).set(notes, { ...known, auditOf: idText(id(9)) }).set(log, known)
    expect(couldWrite({ ...own, streams }, mother, notes)).toBe(false)
    expect(couldWrite({ ...own, streams }, mother, log)).toBe(false)
    const writing = granted(
      grantOf(doctor, ALL_RIGHTS, { streams: new Map([[log, { rights: ALL_RIGHTS, start: null }]]) }),
    )
    expect(couldWrite({ ...writing, streams }, doctor, log)).toBe(false)
  })
})

describe('C4: stale keys', () => {
  test('C2, C4: streams not renewed since somebody left by itself are stale; who was removed brought new keys', () => {
    const renewed = (...at: number[]): ControlState => ({
      ...state,
      streams: new Map([...state.streams].map(([text, stream], i) => [text, { ...stream, renewedAt: at[i]! }])),
    })
    const left = (...owners: Owner[]) => ({ ...renewed(3, 7), owners: [stay(mother, 'holder'), ...owners] })
    expect(staleStreams(left())).toEqual([])
    expect(staleStreams(left(stay(helper, 'manager', { cut: cutAt(5, helper) })))).toEqual([labs])
    expect(staleStreams(left(stay(helper, 'manager', { cut: cutAt(5, mother) })))).toEqual([])
    expect(
      staleStreams(
        left(stay(helper, 'manager', { cut: cutAt(7, helper) }), stay(aunt, 'manager', { cut: cutAt(2, aunt) })),
      ),
    ).toEqual([labs])
    expect(staleStreams(left(stay(helper, 'manager', { cut: cutAt(3, helper) })))).toEqual([])
    expect(staleStreams(left(stay(helper, 'manager', { cut: cutAt(8, helper) })))).toEqual([labs, notes])
  })
})

describe('C1, S9: positions', () => {
  test('C1: a head is that of a log which has it at that place; of an empty log there is none', () => {
    expect(hasControlHead(state, controlHead(state))).toBe(true)
    expect(hasControlHead(state, { n: 1, h: countingBytes(32) })).toBe(false)
    expect(hasControlHead(state, { n: 2, h: state.h })).toBe(false)
    expect(hasControlHead(state, { n: 0, h: state.h })).toBe(false)
    expect(hasControlHead({ ...state, hashes: [] }, controlHead(null))).toBe(false)
  })

  test('S9: what an entry before a restart named beyond its position may be gone; what is before it, or was named later, may not', () => {
    const at = (n: number, ...streams: [string, number][]) => ({
      streams: streams.map(([text, upTo]) => ({
        stream: state.streams.get(text)!.id,
        n: upTo,
        h: countingBytes(32),
      })),
      at: n,
      time: 0,
      account: mother,
    })
    const restarted = { ...state, restarts: [at(5, [labs, 10]), at(9, [labs, 20], [notes, 4])] }
    const asked: [number, string, number, boolean][] = [
      [4, labs, 11, true],
      [4, labs, 10, false],
      [5, labs, 11, false],
      [5, labs, 21, true],
      [8, labs, 20, false],
      [9, labs, 99, false],
      [4, notes, 5, true],
      [4, notes, 4, false],
      [10, notes, 5, false],
    ]
    for (const [entry, stream, n, was] of asked)
      expect(wasRestarted(restarted, entry, stream, n), `${entry} ${n}`).toBe(was)
    expect(wasRestarted(state, 1, labs, 99)).toBe(false)
    expect(wasRestarted(restarted, 4, idText(id(8)), 99)).toBe(false)
  })
})

test('K5: a device is cut with its account: the same keys under another account are another device', () => {
  const cut = { grant: null, account: doctor, device: id(7), reason: 'device-removed' as const, streams: [], at: 3 }
  const others = [
    { ...cut, account: null },
    { ...cut, device: null },
    { ...cut, account: aunt },
  ]
  const cuts = (...deviceCuts: ControlState['deviceCuts']) => ({ ...state, deviceCuts })
  expect(deviceCut(cuts(...others, cut), { account: doctor, device: id(7) })).toEqual(cut)
  expect(deviceCut(cuts(...others), { account: doctor, device: id(7) })).toBeNull()
  expect(deviceCut(cuts(cut), { account: doctor, device: id(6) })).toBeNull()
})

test('A2: access entries are sealed to the key of the newest epoch; while there is none the server has no key', () => {
  const log = idText(accessLogId(state.vault))
  const stream = {
    ...state.streams.get(labs)!,
    epoch: 2,
    keyIds: new Map([
      [1, id(1)],
      [2, id(2)],
    ]),
  }
  const streams = new Map(state.streams).set(log, stream)
  expect(accessLogKey({ ...state, streams })).toEqual({ epoch: 2, publicKey: id(2) })
  expect(accessLogKey(state)).toBeNull()
  expect(accessLogKey({ ...state, streams: new Map(streams).set(log, { ...stream, epoch: 3 }) })).toBeNull()
})
