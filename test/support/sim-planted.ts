/** Mistakes that the simulation must find: each is in place of a port or of an action, never in the code that ships. */
import { sign } from '@chartkeep/crypto'
import { sha256 } from '@chartkeep/crypto/hash'
import { idText, type Head } from '@chartkeep/protocol'
import type { PushAnswer } from '@chartkeep/protocol/messages'
import {
  decodeHeader,
  envelopeHashOf,
  headMessage,
  nextStreamHash,
  outcomeOf,
  streamStart,
  type Envelope,
} from '@chartkeep/protocol/streams'
import { importItems, TABLE, type VaultRows } from '@chartkeep/sync/testing'
import type { SimCredentials } from './sim-core-api.ts'
import type { ScenarioOptions } from './sim-scenario.ts'
import type { SimServer } from './sim-server.ts'
import type { SimWorld } from './sim-world.ts'

type Ports = NonNullable<ScenarioOptions['ports']>

/** Every third push is answered as if it were stored: signed, in order, with the right outcome; and nothing is stored. */
export function storedButDropped({ server }: SimWorld): Ports {
  let pushes = 0
  return {
    api: (api) => ({
      ...api,
      async push(vault, envelopes) {
        if (++pushes % 3 !== 0) return api.push(vault, envelopes)
        const reached = await api.info()
        return reached.type === 'offline' ? reached : { type: 'ok', value: await falseAnswer(server, vault, envelopes) }
      },
    }),
  }
}

async function falseAnswer(server: SimServer, vault: Uint8Array, envelopes: Envelope[]): Promise<PushAnswer> {
  const { read } = server.storage()
  const heads = new Map<string, Head & { stream: Uint8Array }>()
  const results: PushAnswer['results'] = []
  for (const envelope of envelopes) {
    const { stream, doc, parent } = decodeHeader(envelope.header)!
    const at = heads.get(idText(stream)) ?? read.streamHead(vault, stream) ?? { n: 0, h: streamStart(vault, stream) }
    const hash = envelopeHashOf(envelope.header, sha256(envelope.body))
    const outcome = outcomeOf(parent, read.currentOf(vault, stream, doc))
    const next = { stream, n: at.n + 1, h: nextStreamHash(at.h, at.n + 1, outcome, hash) }
    heads.set(idText(stream), next)
    results.push({ stream, hash, outcome, n: next.n, h: next.h })
  }
  const signed = [...heads.values()].map(async ({ stream, n, h }) => {
    const head = { kind: 'stream' as const, id: stream, n, h, time: server.now }
    return { ...head, signature: await sign(server.signing, headMessage(head)) }
  })
  return { results, heads: await Promise.all(signed), refused: null }
}

/** After a crash a device no longer knows what it had sealed. */
export function forgottenOutbox(): Ports {
  return {
    rows(rows, device): VaultRows {
      if (device.incarnations < 2) return rows
      const forgotten = new Set(rows.table(TABLE.outbox).keys())
      return {
        ...rows,
        table: (name) =>
          name === TABLE.outbox
            ? new Map([...rows.table(name)].filter(([key]) => !forgotten.has(key)))
            : rows.table(name),
      }
    },
  }
}

/** The last writer wins: versions that lost are not kept on the device. */
export function conflictsOverwritten(): Ports {
  return {
    rows: (rows) => ({
      ...rows,
      commit: (change) =>
        rows.commit({
          ...change,
          sync: (change.sync ?? []).filter(({ table, value }) => table !== TABLE.conflict || value === null),
        }),
    }),
  }
}

/** The server continues serving a provider whose grant is over or cut, and shows it everything. */
export function revokedStillServed({ people }: SimWorld): Ports {
  const { person, secrets } = people.laptop
  const owner: SimCredentials = { account: person.account, id: secrets.id, signing: secrets.signing }
  return { serveAs: (call, device) => (call === 'pull' && device.person.role === 'provider' ? owner : null) }
}

/** An imported record gets another document id on each device. */
export function importsDouble(): Ports {
  return {
    importItems: (machine, items, source) =>
      importItems(
        machine,
        items.map((item) => ({ ...item, identity: `${idText(machine.device.id)} ${item.identity}` })),
        source,
      ),
  }
}

/** A device takes any answer to a pull for the end of a stream: what is missing is never asked for. */
export function pullStopsShort(): Ports {
  return {
    api: (api) => ({
      ...api,
      async pull(vault, request) {
        const answer = await api.pull(vault, request)
        if (answer.type !== 'ok') return answer
        const streams = answer.value.streams.map((page) => ({ ...page, entries: page.entries.slice(0, -1) }))
        return { type: 'ok', value: { streams } }
      },
    }),
  }
}

/** One device leaves out a record that a page brought, though it notes that it has the version. */
export function recordsForgotten(): Ports {
  let commits = 0
  return {
    rows: (rows, device) => ({
      ...rows,
      commit: (change) =>
        rows.commit(device.name === 'phone' && ++commits % 4 === 0 ? { ...change, records: [] } : change),
    }),
  }
}

/** A device shows a record that nobody has written: the same content once more, under another name. */
export function recordsInvented(): Ports {
  return {
    rows: (rows, device) => ({
      ...rows,
      commit: ({ records = [], ...change }) => {
        const invented =
          device.name === 'laptop' ? records.map((row) => ({ ...row, doc: 'x', id: `${row.stream}.x` })) : []
        return rows.commit({ ...change, records: [...records, ...invented] })
      },
    }),
  }
}

/** What an owner wrote is shown under a provider's name. */
export function authorsMixedUp({ people }: SimWorld): Ports {
  const account = idText(people.praxis.person.account)
  return {
    rows: (rows, device) => ({
      ...rows,
      commit: ({ records = [], ...change }) =>
        rows.commit({
          ...change,
          records: device.name === 'phone' ? records.map((row) => ({ ...row, account })) : records,
        }),
    }),
  }
}

/** A provider's device begins with what is new: what was there before its grant is left out. */
export function historyLeftOut(): Ports {
  return {
    rows: (rows, device) => ({
      ...rows,
      commit: ({ records = [], ...change }) =>
        rows.commit({ ...change, records: device.person.role === 'provider' ? records.slice(1) : records }),
    }),
  }
}

/** The window of a grant stays open one millisecond too long. */
export function grantsEndLate({ server }: SimWorld): Ports {
  server.lag = 1
  return {}
}

/** After a crash half of the last entry of the log is there, and half is not. */
export function entriesTorn(): Ports {
  return {
    rows(rows, device): VaultRows {
      if (device.incarnations < 2) return rows
      const sealed = device.disk.findLast(({ sync }) =>
        sync.some(({ table, bytes }) => table === TABLE.outbox && bytes !== null),
      )
      const torn = new Set(sealed?.sync.filter(({ table }) => table === TABLE.outbox).map(({ key }) => key))
      return {
        ...rows,
        table: (name) =>
          name === TABLE.outbox ? new Map([...rows.table(name)].filter(([key]) => !torn.has(key))) : rows.table(name),
      }
    },
  }
}

/** One entry that cannot be read, and the whole page fails. */
export function poisonBlocks(): Ports {
  return {
    rows: (rows) => ({
      ...rows,
      async commit(change) {
        const isAside = change.sync?.some(({ table, value }) => table === TABLE.quarantine && value !== null) === true
        if (isAside) throw new Error('a page could not be read')
        return rows.commit(change)
      },
    }),
  }
}

/** What is behind is asked for again at once, and again. */
export function asksForEver(): Ports {
  return {
    api: (api) => ({
      ...api,
      async accountLog(account, after) {
        for (;;) {
          const answer = await api.accountLog(account, after)
          if (answer.type !== 'ok' || answer.value.entries.length > 0) return answer
        }
      },
    }),
  }
}

/** A device whose clock is far ahead believes that the server's word is too old to send anything by. */
export function obeysItsClock(): Ports {
  return {
    api: (api, device) => ({
      ...api,
      push: (vault, envelopes) =>
        device.clockOffset > 300 * 24 * 3_600_000 && device.disk.length % 2 === 0
          ? Promise.resolve({ type: 'offline' as const })
          : api.push(vault, envelopes),
    }),
  }
}

/** A device that continues as a new one throws away what it had sealed and not sent. */
export function sealedThrownAway(): Ports {
  return {
    rows: (rows) => ({
      ...rows,
      commit(change) {
        const { sync = [] } = change
        const isTakingOver = sync.some(({ table, key }) => table === TABLE.meta && key === 'device')
        if (!isTakingOver) return rows.commit(change)
        return rows.commit({
          sync: sync.filter(({ table, value }) => table !== TABLE.siblingVersions || value === null),
        })
      },
    }),
  }
}
