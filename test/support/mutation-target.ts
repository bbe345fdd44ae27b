/**
 * One envelope that a device of the simulation has sealed with the code that ships, and another device that judges what a server makes of
 * it: the client's own path from the chain to the seal (`applyEntry`), or a whole pull from a server that signs whatever it shows.
 */
import { sign } from '@chartkeep/crypto'
import { sha256 } from '@chartkeep/crypto/hash'
import { idText } from '@chartkeep/protocol'
import { newestBoxKey } from '@chartkeep/protocol/account'
import {
  BatchVerifier,
  decodeHeader,
  envelopeHashOf,
  headMessage,
  nextStreamHash,
  type SignedHead,
  type StreamEntry,
  type StreamState,
} from '@chartkeep/protocol/streams'
import {
  appendControl,
  applyEntry,
  commitVersions,
  conflictsOf,
  grantNow,
  outboxOf,
  prepareVersion,
  pullStreams,
  ReconcileTransaction,
  sealBatch,
  TABLE,
} from '@chartkeep/sync/testing'
import { decided } from './decisions.ts'
import { SimDevice, syncTask } from './sim-device.ts'
import { newResource } from './sim-records.ts'
import { simRandom } from './sim-random.ts'
import { makeVault } from './sim-scenario.ts'
import { START } from './sim-server.ts'
import type { SimApi } from './sim-core-api.ts'
import type { SimWorld } from './sim-world.ts'

export interface MutationTarget {
  /** The entry as an honest server shows it. */
  honest: StreamEntry
  /** How many hashes the header names in `merged`. */
  merged: number
  /** What became of an entry in its place: `accepted`, or the fault or the reason for which it was not. */
  judge(entry: StreamEntry): Promise<string>
  /** The same for a whole pull, from a server whose heads fit what it shows; its words are what the sync says. */
  pull(entry: StreamEntry): Promise<string>
}

/** What the envelope is, by seed: a new record of the owner or of a grantee, an edit, a decision that takes a conflict in. */
const KINDS = ['new', 'grantee', 'edit', 'decision'] as const

export async function createMutationTarget(world: SimWorld, seed: number): Promise<MutationTarget> {
  const name = `mutation ${seed}`
  const { server, people } = world
  const random = simRandom(name)
  const { vault, entry: first } = await makeVault(world, random)
  await server.begin(name, world.base)
  const names = ['laptop', 'phone', 'clinic', 'tablet'] as const
  const devices = names.map((each) => new SimDevice(people[each], server, vault, name, {}))
  const [laptop, phone, clinic, reader] = devices as [SimDevice, SimDevice, SimDevice, SimDevice]
  for (const device of devices) await device.start()
  await appendControl(laptop.machine, [first])

  const run = async (device: SimDevice, task: (api: SimApi) => Promise<string> = (api) => syncTask(device, api)) => {
    await device.begin(task)
    while (device.parked !== null) await device.resume('deliver')
  }
  const write = async (device: SimDevice, prepared: ReturnType<typeof prepareVersion>) => {
    if (prepared.type !== 'row') throw new Error(prepared.type)
    await commitVersions(device.machine, [prepared])
    return prepared.row.id
  }
  const value = (word: string) => newResource('labs', `${word} ${'x'.repeat(random.int(300))}`)
  const edit = (device: SimDevice, word: string, id?: string) =>
    write(
      device,
      prepareVersion(device.machine, {
        collection: 'labs',
        resource: value(word),
        ...(id === undefined ? {} : { id }),
      }),
    )

  const record = await edit(laptop, 'first')
  await run(laptop)
  await run(laptop, async (api) => {
    const { account } = clinic.person
    const outcome = await grantNow(laptop.machine, api, {
      kind: 'share',
      id: random.bytes(16),
      grantee: account,
      scopes: [{ collection: 'labs', rights: ['read', 'append', 'amend'] }],
      notBefore: START - 1000,
      notAfter: START + 3_600_000,
      label: { purpose: 'care', name: 'Ada', birthDate: '', grantee: 'clinic' },
      generation: newestBoxKey(laptop.book.lookup(account)!).generation,
    })
    return outcome.type
  })
  for (const device of devices) await run(device)

  const kind = KINDS[seed % KINDS.length]!
  const author = kind === 'grantee' ? clinic : laptop
  if (kind === 'decision') {
    await edit(phone, 'apart', record)
    await edit(laptop, 'beside', record)
    for (const device of [phone, laptop, phone, reader]) await run(device)
    if (conflictsOf(laptop.machine, record).length !== 1) throw new Error('there is no conflict to decide')
  }
  // Others go out under the same signature, before and after it.
  for (let more = random.int(4); more > 0; more--) await edit(author, `more ${more}`)
  const id =
    kind === 'decision'
      ? await write(author, decided(author.machine, record, value('decided')))
      : await edit(author, 'target', kind === 'edit' ? record : undefined)
  for (let more = random.int(3); more > 0; more--) await edit(author, `later ${more}`)
  await sealBatch(author.machine)

  const { machine } = reader
  const stream = id.split('.')[0]!
  const base = machine.streams.get(stream)!
  const verifier = new BatchVerifier()
  let honest: StreamEntry | null = null
  let merged = 0
  const before: StreamEntry[] = []
  for (const sent of outboxOf(author.machine)) {
    if (sent.stream !== stream) continue
    const { header, body, proof } = sent
    const entry: StreamEntry = {
      n: base.n + before.length + 1,
      outcome: 'current',
      header,
      bodyHash: sha256(body),
      body,
      proof,
    }
    if (sent.id === id) {
      honest = entry
      merged = decodeHeader(header)!.merged.length
      break
    }
    before.push(entry)
  }
  if (honest === null) throw new Error('the envelope was not sealed')
  // What comes before it on the page is read first, and stays.
  const state = copyOf(base)
  for (const entry of before) {
    const fault = await applyEntry(machine, state, entry, new ReconcileTransaction(machine), verifier)
    if (fault !== null) throw new Error(fault)
  }

  let scratch = copyOf(state)
  async function judge(entry: StreamEntry): Promise<string> {
    const change = new ReconcileTransaction(machine)
    const fault = await applyEntry(machine, scratch, entry, change, verifier)
    // What is refused before it is a step of the chain has changed nothing.
    if (scratch.n !== state.n) scratch = copyOf(state)
    if (fault !== null) return fault
    for (const { table, value: row } of change.sync) {
      if (row === null) continue
      if (table === TABLE.head || table === TABLE.conflict) return 'accepted'
      if (table === TABLE.quarantine) return (row as { reason: string }).reason
      if (table === TABLE.waiting) return 'waiting'
    }
    return 'without content'
  }

  const image = { home: reader.home, disk: reader.disk }
  async function pull(entry: StreamEntry): Promise<string> {
    const device = new SimDevice(people.tablet, server, vault, name, {}, { image })
    await device.start()
    const entries = [...before, entry]
    let h = base.h
    for (const each of entries) h = nextStreamHash(h, each.n, each.outcome, envelopeHashOf(each.header, each.bodyHash))
    const head = { kind: 'stream' as const, id: base.stream, n: base.n + entries.length, h, time: server.now }
    const signed: SignedHead = { ...head, signature: await sign(server.signing, headMessage(head)) }
    const { id: own, signing } = people.tablet.secrets
    const honestApi = server.reach({ account: people.tablet.person.account, id: own, signing })
    const api: SimApi = {
      ...honestApi,
      async pull(of, request) {
        const answer = await honestApi.pull(of, request)
        if (answer.type !== 'ok') return answer
        const streams = answer.value.streams.map((page) => {
          const asked = request.streams.find((each) => idText(each.stream) === idText(page.stream))!
          if (idText(page.stream) !== stream) return page
          return { ...page, entries: entries.filter(({ n }) => n > asked.after), head: signed }
        })
        return { type: 'ok', value: { ...answer.value, streams } }
      },
    }
    const outcome = await pullStreams(device.machine, api)
    const shown = device.machine.rows.all().map(({ resource }) => resource)
    const aside = device.machine.rows.get(TABLE.quarantine, `${stream}.${entry.n}`)
    device.die()
    if (shown.some((resource) => resource.includes('target') || resource.includes('decided'))) return 'accepted'
    if (aside !== undefined) return (aside as { reason: string }).reason
    return outcome.type === 'stopped' ? outcome.what : outcome.type
  }

  return { honest, merged, judge, pull }
}

function copyOf(state: StreamState): StreamState {
  const records = new Map(
    [...state.records].map(([doc, chain]) => [doc, { ...chain, conflicts: new Map(chain.conflicts) }] as const),
  )
  return {
    ...state,
    hashes: state.hashes.slice(),
    records,
    envelopes: new Map(state.envelopes),
    devices: new Map(state.devices),
    bare: new Map(state.bare),
    before: new Set(state.before),
  }
}
