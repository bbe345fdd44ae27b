/** Where a chart is kept, and what a holder says was lost (S9, S10): entries that bring nothing else, by a holder, in one spelling, in one line. */
import { idText } from '@chartkeep/protocol'
import { accessLogId } from '@chartkeep/protocol/audit'
import { applyControlEntry, type ControlBody, type ControlState } from '@chartkeep/protocol/control'
import { beforeAll, describe, expect, test } from 'vitest'
import { createPerson, type Person } from '../../support/protocol-people.ts'
import {
  addOwner,
  createVault,
  freshEpochs,
  epochOf,
  lookupOf,
  ownerParts,
  signAs,
  streamOf,
  type BodyFields,
  type Vault,
} from '../../support/protocol-vault.ts'
import { countingBytes } from '../../support/vectors.ts'

let owner: Person
let helper: Person
beforeAll(async () => {
  owner = await createPerson('server-owner')
  helper = await createPerson('server-helper')
})

const key = (at: number) => new Uint8Array(32).fill(at)
const move = { address: 'https://records.example', key: key(2), previous: key(1) }
type Tried = { reason: string } | ControlState

async function tried(
  vault: Vault,
  fields: BodyFields,
  more: { by?: Person; parts?: Parameters<typeof signAs>[3]; state?: ControlState } = {},
): Promise<Tried | null> {
  const { by = owner, parts = [], state = vault.state } = more
  return applyControlEntry(state, await signAs(vault, by, fields, parts), lookupOf(owner, helper))
}
const reason = async (...args: Parameters<typeof tried>) => {
  const answer = await tried(...args)
  return answer !== null && 'reason' in answer ? answer.reason : 'taken'
}

/** Each of the two kinds, as it is taken. */
const kinds = (vault: Vault): BodyFields[] => [
  { type: 'server', server: move },
  { type: 'restart', restart: { streams: [{ stream: vault.streams[0]!, n: 3, h: key(4) }] } },
]

describe('S9, S10: who says it, and what it may bring', () => {
  test('S9, S10: a holder, in an entry that brings nothing', async () => {
    const vault = await createVault(owner)
    for (const fields of kinds(vault)) expect(await reason(vault, fields)).toBe('taken')
    await addOwner(vault, helper, 'manager')
    for (const fields of kinds(vault)) {
      expect(await reason(vault, fields, { by: helper })).toBe('malformed')
      expect(await reason(vault, fields)).toBe('taken')
    }
  })

  test('S9, S10: with an epoch, a stream, a part, a grant or a cut next to it, it is none', async () => {
    const vault = await createVault(owner)
    const keys = freshEpochs(vault, vault.streams)
    const parts = ownerParts(vault, keys)
    const cut: ControlBody['cut'] = { grant: null, account: null, device: null, reason: 'revoked', streams: [] }
    for (const fields of kinds(vault)) {
      const beside: [BodyFields, typeof parts][] = [
        [{ ...fields, epochs: keys.map(epochOf) }, parts],
        [{ ...fields, epochs: keys.map(epochOf) }, []],
        [fields, parts],
        [{ ...fields, streams: [streamOf({ ...keys[0]!, stream: key(9).slice(16) }, owner)] }, []],
        [{ ...fields, grant: countingBytes(16) }, []],
        [{ ...fields, cut }, []],
      ]
      for (const [body, given] of beside) expect(await reason(vault, body, { parts: given })).not.toBe('taken')
    }
  })
})

describe('S10: the address', () => {
  test.each(['https://records.example', 'http://192.168.1.5:8787', 'http://localhost:8787', 'https://[::1]:8443'])(
    'S10: %s is one',
    async (address) => {
      expect(await tried(await createVault(owner), { type: 'server', server: { ...move, address } })).toMatchObject({
        servers: [{ address, at: 2 }],
      })
    },
  )

  test.each([
    'records.example',
    'https://records.example/',
    'https://records.example/path',
    'HTTPS://records.example',
    'https://Records.example',
    'https://records.example:443',
    'https://user@records.example',
    'ftp://records.example',
    'ws://records.example',
    'file:///etc',
    'xhttps://records.example',
    '',
  ])('S10: %j is none', async (address) => {
    expect(await reason(await createVault(owner), { type: 'server', server: { ...move, address } })).toBe('bad-server')
  })
})

describe('S10: moves', () => {
  test('S10: each begins where the last one ended, and leads elsewhere', async () => {
    const vault = await createVault(owner)
    const servers = [1, 2].map((at) => ({
      ...move,
      key: key(at + 1),
      previous: key(at),
      at,
      time: 0,
      account: owner.state.account,
    }))
    const state = { ...vault.state, servers }
    const next = (server: object) => reason(vault, { type: 'server', server: { ...move, ...server } }, { state })
    expect(await next({ previous: key(3), key: key(4) })).toBe('taken')
    expect(await next({ previous: key(3), key: key(1) }), 'back to the first').toBe('taken')
    expect(await next({ previous: key(2), key: key(4) }), 'from the one before').toBe('bad-server')
    expect(await next({ previous: key(3), key: key(3) }), 'to itself').toBe('bad-server')
  })
})

describe('S9: a restart', () => {
  test('S9: names streams of the chart alone, each once, and not the access log', async () => {
    const vault = await createVault(owner, 2)
    const [labs, notes] = vault.streams as [Uint8Array, Uint8Array]
    const at = (...streams: Uint8Array[]): BodyFields => ({
      type: 'restart',
      restart: { streams: streams.map((stream) => ({ stream, n: 3, h: key(4) })) },
    })
    expect(await tried(vault, at(labs, notes))).toMatchObject({ restarts: [{ at: 2 }] })
    for (const streams of [[], [labs, labs], [labs, countingBytes(16)], [countingBytes(16), labs]])
      expect(await reason(vault, at(...streams))).toBe('bad-restart')
    const log = accessLogId(vault.id)
    const streams = new Map(vault.state.streams).set(idText(log), vault.state.streams.get(idText(labs))!)
    const state = { ...vault.state, streams }
    expect(await reason(vault, at(log), { state })).toBe('bad-restart')
    expect(await reason(vault, at(labs, log), { state })).toBe('bad-restart')
  })
})
