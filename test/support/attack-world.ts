/**
 * The ground of the attacks on packages/sync: a real server core whose key the test holds, an owner's devices and a provider's, each with
 * the shipping machine over rows in memory. Devices write with packages/sync; what only an attacker would write, the test writes itself.
 */
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateSigningKeyPair, pad, randomBytes, sealBody, sign, type SigningKeyPair } from '@chartkeep/crypto'
import { utf8ToBytes } from '@chartkeep/crypto/encoding'
import { sha256 } from '@chartkeep/crypto/hash'
import { accountIdOf, idText, textId, ZERO_HASH } from '@chartkeep/protocol'
import { accountHead, newestBoxKey } from '@chartkeep/protocol/account'
import { controlHead } from '@chartkeep/protocol/control'
import {
  encodeHeader,
  envelopeHashOf,
  signBatch,
  streamHead,
  type Header,
  type StreamEntry,
} from '@chartkeep/protocol/streams'
import { createServerCore, openSqliteStorage, type ServerCore } from '@chartkeep/sync-server/testing'
import {
  AccountBook,
  appendControl,
  commitVersions,
  createDevice,
  deviceAddedEntry,
  entryTable,
  genesisEntry,
  grantNow,
  newestKey,
  openBoxKeys,
  openVault,
  prepareVersion,
  recoveryDevice,
  rowToPlaintext,
  syncVault,
  TABLE,
  vaultEntry,
  type BoxKeys,
  type DeviceSecrets,
  type MemberInput,
  type SyncOutcome,
  type VaultMachine,
  type VaultRows,
} from '@chartkeep/sync/testing'
import type { DecryptWorkers } from '@chartkeep/sync/testing'
import type { ListTable } from '@chartkeep/domain'
import type { StoredRecord } from '@chartkeep/store'
import { hostileServer, signInAt, type HostileServer } from './hostile-server.ts'
import { memoryServerStorage } from './memory-server-storage.ts'
import { memoryHome, memoryRows, type CommitFate, type RowsDisk } from './memory-rows.ts'
import { createTimers, machineClock } from './timers.ts'

/** Is in every record; must never leave a device as it is. */
export const CANARY = 'canary-Zb7xQ2pWm4'

export interface Person {
  account: Uint8Array
  first: DeviceSecrets
  home: RowsDisk
}

export interface Device {
  name: string
  person: Person
  secrets: DeviceSecrets
  home: RowsDisk
  disk: RowsDisk
  book: AccountBook
  boxKeys: () => BoxKeys
  rows: VaultRows
  machine: VaultMachine
  server: HostileServer
  clock: { offset: number }
  /** Decides the fate of the next commits of the vault's rows. */
  fate: () => CommitFate
  /** Workers that open what it pulls, from the next {@link reopen} on. */
  openers: DecryptWorkers | undefined
  /** Where records go and may be by the program on it, from the next {@link reopen} on; without it by this one. */
  lists?: ListTable
  /** C13: until when it has grants for emergencies open, by id. */
  openings?: () => ReadonlyMap<string, number>
  /** Resolves when the device dies in a commit. */
  died: Promise<void>
  sync(): Promise<SyncOutcome>
  /** Opens everything again from the disks, as after a crash. */
  reopen(): Promise<void>
}

export interface AttackWorld {
  core: ServerCore
  /** Another core in the place of the first, say one restored from a copy. */
  replaceCore(core: ServerCore): void
  key: SigningKeyPair
  time: { now: number }
  /** The server's timers that are due ring, and what they start comes to rest; before, none does. */
  ring(): Promise<void>
  vault: Uint8Array
  owner: Person
  laptop: Device
  phone: Device
  addDevice(name: string): Promise<Device>
  /** `founder`: who makes it where it is a practice (C12). */
  provider(founder?: MemberInput): Promise<Device>
  /** Another device of the account that `of` belongs to. */
  secondDevice(of: Device, name: string): Promise<Device>
  /** A device with keys of its own that an account's log has already, as `of` has read it. */
  openDevice(of: Device, name: string, secrets: DeviceSecrets): Promise<Device>
  /** A second core over a copy of the first one's storage: what a server needs to show two histories. */
  forkCore(): ServerCore
  /** The server dies and comes back with what it had made durable. */
  restart(): void
  /**
   * The server was killed, and something happened to its files before it comes back: `change` gets the path of a copy of them, `path` and
   * `path`-wal. Throws what the opening throws; the world continues with the core that it had.
   */
  openDamaged(change: (path: string) => void): ServerCore
  stream(name: string): Uint8Array
  close(): Promise<void>
}

const DAY_MS = 24 * 60 * 60_000

/**
 * `more`: collections besides medications, allergies and labs. `inMemory`: the first server keeps nothing in files; such a world has neither
 * copies nor restarts.
 */
export async function createAttackWorld(
  more: readonly string[] = [],
  { inMemory = false }: { inMemory?: boolean } = {},
): Promise<AttackWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'chartkeep-attack-'))
  const key = generateSigningKeyPair(randomBytes)
  const time = { now: Date.UTC(2026, 5, 1, 12) }
  const timers = createTimers(() => time.now)
  const cores: ServerCore[] = []
  let damaged = 0
  const files = new Map<ServerCore, string>()
  const openCore = (file: string): ServerCore => {
    const storage = inMemory ? memoryServerStorage() : openSqliteStorage(join(folder, file))
    const core = createServerCore({
      storage,
      signingKey: key,
      clock: machineClock(() => time.now),
      timers,
      audience: 'http://localhost:8787',
      randomBytes,
    })
    cores.push(core)
    files.set(core, file)
    return core
  }
  let core = openCore('server.sqlite')
  const ground = { core: () => core, key, time }

  const owner = await createPerson(core, 'laptop')
  const vault: { id: Uint8Array } = { id: new Uint8Array(16) }
  const laptop = await openDevice(ground, owner, 'laptop', owner.first, vault, async (book) => {
    const { vault: id, entry } = await vaultEntry(
      [
        { name: 'medications', appendOnly: false },
        { name: 'allergies', appendOnly: false },
        { name: 'labs', appendOnly: false },
        ...more.map((each) => ({ name: each, appendOnly: false })),
        { name: 'audit', appendOnly: true },
      ],
      { account: book.lookup(owner.account)!, device: owner.first, time: time.now, randomBytes },
    )
    vault.id = id
    return entry
  })
  must(await laptop.sync(), 'synced')
  const addDevice = async (name: string) => {
    const secrets = await enrolDevice(core, owner, name)
    const device = await openDevice(ground, owner, name, secrets, vault)
    await laptop.book.refresh(owner.account, laptop.server, key.publicKey)
    return device
  }
  const phone = await addDevice('phone')
  must(await phone.sync(), 'synced')

  return {
    get core() {
      return core
    },
    replaceCore(next) {
      core = next
    },
    key,
    time,
    ring: timers.ring,
    vault: vault.id,
    owner,
    laptop,
    phone,
    addDevice,
    async secondDevice(of, name) {
      const secrets = await enrolDevice(core, of.person, name)
      await of.book.refresh(of.person.account, of.server, key.publicKey)
      return openDevice(ground, of.person, name, secrets, vault)
    },
    openDevice: ({ person, home }, name, secrets) => openDevice(ground, { ...person, home }, name, secrets, vault),
    async provider(founder) {
      const person = await createPerson(core, 'clinic', founder)
      return openDevice(ground, person, 'clinic', person.first, vault)
    },
    forkCore() {
      const file = `copy-${cores.length}.sqlite`
      copySqlite(join(folder, 'server.sqlite'), join(folder, file))
      return openCore(file)
    },
    restart() {
      const file = `after-${cores.length}.sqlite`
      copySqlite(join(folder, files.get(core)!), join(folder, file))
      core = openCore(file)
    },
    openDamaged(change) {
      const file = `damaged-${cores.length}-${damaged++}.sqlite`
      for (const ending of ['', '-wal']) {
        const from = join(folder, files.get(core)! + ending)
        if (existsSync(from)) copyFileSync(from, join(folder, file + ending))
      }
      change(join(folder, file))
      return openCore(file)
    },
    stream: (name) => streamOf(laptop.machine, name),
    async close() {
      for (const each of cores) await each.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function copySqlite(from: string, to: string): void {
  const { DatabaseSync } = process.getBuiltinModule('node:sqlite')
  const database = new DatabaseSync(from, { readOnly: true })
  database.exec(`VACUUM INTO '${to}'`)
  database.close()
}

function must(outcome: SyncOutcome, wanted: SyncOutcome['type']): void {
  if (outcome.type !== wanted) throw new Error(`expected ${wanted}, got ${JSON.stringify(outcome)}`)
}

async function createPerson(core: ServerCore, name: string, founder?: MemberInput): Promise<Person> {
  const first = createDevice(randomBytes)
  const { entry } = await genesisEntry(first, recoveryDevice(randomBytes(20)), name, randomBytes, founder)
  const registered = await core.register({ entry })
  if ('type' in registered) throw new Error(registered.error)
  const home: RowsDisk = []
  await (await AccountBook.open(memoryHome(home))).append(null, [entry])
  return { account: accountIdOf(entry.body), first, home }
}

/** The first device lets another one in; posted to the server. */
async function enrolDevice(core: ServerCore, person: Person, name: string): Promise<DeviceSecrets> {
  const secrets = createDevice(randomBytes)
  const book = await AccountBook.open(memoryHome(person.home))
  const session = await signInAt(core, person.account, person.first)
  const page = await core.accountLog(session, person.account, book.lookup(person.account)!.n)
  if ('type' in page) throw new Error(page.error)
  if (page.entries.length > 0) await book.append(person.account, page.entries)
  const state = book.lookup(person.account)!
  const keys = openBoxKeys(state, person.first)
  const entry = await deviceAddedEntry(state, person.first, secrets, name, keys, randomBytes)
  const posted = await core.postAccount(session, person.account, { entry })
  if ('type' in posted) throw new Error(posted.error)
  await book.append(person.account, [entry])
  return secrets
}

interface Ground {
  core: () => ServerCore
  key: SigningKeyPair
  time: { now: number }
}

async function openDevice(
  ground: Ground,
  person: Person,
  name: string,
  secrets: DeviceSecrets,
  vault: { id: Uint8Array },
  makeVault?: (book: AccountBook) => Promise<Parameters<typeof appendControl>[1][number]>,
): Promise<Device> {
  const device = {
    name,
    person,
    secrets,
    // A device comes in with the logs of accounts and nothing else of what another one keeps.
    home: person.home.map((each) => ({ ...each, sync: each.sync.filter(({ table }) => table.startsWith('account')) })),
    disk: [] as RowsDisk,
    clock: { offset: 0 },
    fate: () => 'write',
    server: hostileServer(ground.core, person.account, secrets),
  } as Device
  device.reopen = async () => {
    device.book = await AccountBook.open(memoryHome(device.home))
    let die = () => {}
    device.died = new Promise((resolve) => {
      die = resolve
    })
    device.rows = noticing(
      device.server,
      memoryRows(device.disk, () => device.fate(), die),
    )
    device.boxKeys = () => openBoxKeys(device.book.lookup(person.account)!, secrets)
    device.machine = await openVault({
      vault: vault.id,
      rows: device.rows,
      clock: { now: () => ground.time.now + device.clock.offset },
      randomBytes,
      accounts: device.book,
      account: person.account,
      device: secrets,
      boxKeys: () => device.boxKeys(),
      serverKey: () => ground.key.publicKey,
      decryptWorkers: device.openers,
      lists: device.lists,
      openings: () => device.openings?.() ?? new Map<string, number>(),
    })
  }
  const pass = async (): Promise<SyncOutcome> => {
    const refreshed = await device.book.refresh(person.account, device.server, ground.key.publicKey)
    if (refreshed.type === 'offline') return refreshed
    if (refreshed.type === 'error') return refreshed
    if (refreshed.type !== 'ok') return { type: 'stopped', fault: refreshed.type, what: 'account' }
    return syncVault(device.machine, device.server)
  }
  device.sync = async () => {
    const outcome = await pass()
    if (outcome.type === 'stopped') device.server.detected(`${outcome.fault}, ${outcome.what}`)
    else if (outcome.type !== 'synced') device.server.detected('error' in outcome ? outcome.error : outcome.type)
    return outcome
  }
  const first = makeVault === undefined ? null : await makeVault(await AccountBook.open(memoryHome(device.home)))
  await device.reopen()
  if (first !== null) await appendControl(device.machine, [first])
  return device
}

/** The rows, with word to the server's counter when the first of them is a verdict. */
function noticing(server: HostileServer, rows: VaultRows): VaultRows {
  return {
    ...rows,
    async commit(change) {
      await rows.commit(change)
      for (const { table, value } of change.sync ?? []) {
        if (value === null) continue
        const { reason, fault, what } = value as { reason?: unknown; fault?: unknown; what?: unknown }
        if (table === TABLE.quarantine && typeof reason === 'string') server.detected(`put aside, ${reason}`)
        const isStop = table === TABLE.stopped || table === TABLE.evidence
        if (isStop && typeof fault === 'string') server.detected(`${fault}, ${String(what)}`)
      }
    },
  }
}

export function streamOf(machine: VaultMachine, name: string): Uint8Array {
  const found = [...machine.keys.streams.values()].find((each) => each.name === name)
  if (found === undefined) throw new Error(`no stream ${name}`)
  return found.stream
}

const RESOURCE: Record<string, (text: string) => string> = {
  medications: (text) =>
    `{"resourceType":"MedicationStatement","status":"active","medicationCodeableConcept":{"text":"${CANARY}"},"dosage":[{"text":"${text}"}]}`,
  allergies: (text) => `{"resourceType":"AllergyIntolerance","code":{"text":"${CANARY} ${text}"}}`,
  labs: (text) =>
    `{"resourceType":"Observation","status":"final","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"laboratory"}]}],"code":{"text":"${CANARY} ${text}"}}`,
  audit: (text) => `{"resourceType":"AuditEvent","recorded":"2026-06-01T12:00:00Z","outcomeDesc":"${CANARY} ${text}"}`,
}

export function resourceOf(collection: string, text: string): string {
  return RESOURCE[collection.replace(/-private$/u, '')]!(text)
}

/** A person saves a record on the device; nothing is sent. */
export async function save(device: Device, collection: string, text: string, id?: string): Promise<StoredRecord> {
  const draft = { collection, resource: resourceOf(collection, text) }
  const prepared = prepareVersion(device.machine, id === undefined ? draft : { ...draft, id })
  if (prepared.type !== 'row') throw new Error(prepared.type)
  await commitVersions(device.machine, [prepared])
  return prepared.row
}

/** The texts of a collection as the device shows them. */
export function shown(device: Device, collection: string): string[] {
  return device.rows
    .all()
    .filter((row) => row.collectionName === collection)
    .map(({ resource }) => resource)
    .toSorted()
}

export const texts = (collection: string, ...all: string[]) =>
  all.map((text) => resourceOf(collection, text)).toSorted()

/** Why entries were quarantined, in the order of their numbers. */
export function aside(device: Device): string[] {
  return [...device.rows.table('quarantine').values()].map((value) => (value as { reason: string }).reason)
}

/** The whole stream as the server has it. */
export async function honestStream(world: AttackWorld, stream: Uint8Array): Promise<StreamEntry[]> {
  const session = await signInAt(world.core, world.owner.account, world.owner.first)
  const answer = await world.core.pull(session, world.vault, { streams: [{ stream, after: 0 }], budget: 1 << 22 })
  if ('type' in answer) throw new Error(answer.error)
  return answer.streams[0]!.entries
}

/** True when the canary is in nothing that the device has sent. */
export function leaked(device: Device): boolean {
  const needle = Buffer.from(utf8ToBytes(CANARY))
  return device.server.sent.some((bytes) => Buffer.from(bytes).includes(needle))
}

/** Everything that a device still has of a text: rows, versions next to them, history, conflicts, outbox. */
export function holds(device: Device, resource: string): boolean {
  if (device.rows.all().some((row) => row.resource === resource)) return true
  const tables = ['side', 'before', 'past', 'rival'].flatMap((table) => [...device.rows.table(table).values()])
  const nested = ['conflict', 'outbox'].flatMap((table) => [...device.rows.table(table).values()])
  return (
    tables.some((value) => (value as unknown as StoredRecord).resource === resource) ||
    nested.some((value) => (value as unknown as { row: StoredRecord | null }).row?.resource === resource)
  )
}

/** An envelope that only an attacker would write: sealed and signed by a device that holds the key, with any header. */
export async function forge(
  device: Device,
  stream: Uint8Array,
  fields: Partial<Header> = {},
  content: { text?: string; bytes?: Uint8Array; key?: Uint8Array; signing?: SigningKeyPair } = {},
): Promise<StreamEntry & { hash: Uint8Array }> {
  const { machine } = device
  const id = idText(stream)
  const state = machine.streams.get(id)!
  const tail = state.devices.get(idText(device.secrets.id)) ?? { seq: 0, previous: ZERO_HASH, voids: 0 }
  const doc = fields.doc ?? randomBytes(16)
  const revision = fields.revision ?? randomBytes(16)
  const name = machine.keys.streams.get(id)?.name ?? 'medications'
  const row = {
    stream: id,
    doc: idText(doc),
    revision: idText(revision),
    clock: '000000000000001.0000.AAAAAA',
    importHash: '',
    importSource: '',
    resource: content.text ?? resourceOf(name, 'forged'),
  } as StoredRecord
  const padded = pad(content.bytes ?? rowToPlaintext(idText(machine.vault), row))
  const key = newestKey(machine, id)
  const header: Header = {
    vault: machine.vault,
    stream,
    doc,
    revision,
    parent: ZERO_HASH,
    merged: [],
    epoch: key?.epoch ?? 1,
    account: device.person.account,
    device: device.secrets.id,
    deviceSeq: tail.seq + 1,
    devicePrevious: tail.previous,
    control: controlHead(machine.control),
    accountLog: accountHead(device.book.lookup(device.person.account)),
    streamHead: streamHead(state),
    voids: tail.voids,
    deleted: false,
    paddedLength: padded.length,
    ...fields,
  }
  const encoded = encodeHeader(header)
  const body = sealBody(content.key ?? key!.key, encoded, padded, randomBytes(24))
  const bodyHash = sha256(body)
  const hash = envelopeHashOf(encoded, bodyHash)
  const signing = content.signing ?? device.secrets.signing
  const [proof] = await signBatch([hash], header, (message) => sign(signing, message))
  return { n: 0, outcome: 'current', header: encoded, bodyHash, body, proof: proof!, hash }
}

/** The owner's laptop grants the provider read and append on collections; both have synced when it resolves. */
export async function share(
  world: AttackWorld,
  provider: Device,
  collections: Record<string, ('read' | 'append' | 'amend' | 'sign')[]>,
  durationMs = 2 * DAY_MS,
  /** C13: how long one opening lasts, where it is for emergencies. */
  emergency: number | null = null,
): Promise<Uint8Array> {
  const { laptop, key, time } = world
  await laptop.book.refresh(provider.person.account, laptop.server, key.publicKey)
  const outcome = await grantNow(laptop.machine, laptop.server, {
    kind: 'share',
    id: laptop.machine.randomBytes(16),
    grantee: provider.person.account,
    scopes: Object.entries(collections).map(([collection, rights]) => ({ collection, rights })),
    notBefore: time.now - 1000,
    notAfter: time.now + durationMs,
    label: { purpose: 'visit', name: 'Mei', birthDate: '', grantee: 'Dr Lin' },
    ...(emergency !== null && { emergency }),
    generation: newestBoxKey(laptop.book.lookup(provider.person.account)!).generation,
  })
  if (outcome.type !== 'done') throw new Error(JSON.stringify(outcome))
  // For what is for emergencies alone there is nothing to read.
  const { type } = await provider.sync()
  if (type !== 'synced' && (emergency === null || type !== 'ended')) throw new Error(`expected synced, got ${type}`)
  return textId(outcome.grant)!
}

export function entriesOf(device: Device, stream: Uint8Array): number {
  return device.rows.table(entryTable(idText(stream))).size
}

export function rowOf(device: Device, text: string): StoredRecord {
  const found = device.rows.all().find(({ resource }) => resource.includes(text))
  if (found === undefined) throw new Error(`no record ${text}`)
  return found
}
