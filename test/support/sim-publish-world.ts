/**
 * The ground of the simulation of publishing (N5): a practice's own vault next to the patient's chart, each open on every device of the practice, with
 * the parts of an open chart that write, sign and publish.
 */
import {
  CARE_ROLES,
  type CareRole,
  type Collection,
  type ListRight,
  type PracticeRole,
  parseJsonOrNull,
  rightsInChart,
  signatureRecord,
} from '@chartkeep/domain'
import { randomBytes } from '@chartkeep/crypto'
import { idText } from '@chartkeep/protocol'
import { type AccountState, newestRoleKey, rolesAt } from '@chartkeep/protocol/account'
import type { StoredRecord } from '@chartkeep/store'
import { memoryChunks } from '@chartkeep/store/testing'
import type { ChartRecord } from '@chartkeep/sync'
import {
  ACCESS_LOG,
  AccountActions,
  appendControl,
  ChartSigning,
  ChartWriter,
  ContentSignatures,
  createDevice,
  cutGrantNow,
  deviceAddedEntry,
  grantNow,
  grantsToRoles,
  memberAddedEntry,
  openVault,
  publishRecord,
  type PublishingChart,
  recordHistory,
  currentMember,
  type SignInput,
  TABLE,
  vaultEntry,
  type VaultMachine,
} from '@chartkeep/sync/testing'
import { NEVER } from 'rxjs'
import type { Device } from './attack-world.ts'
import { memoryHome, memoryRows, type RowsDisk } from './memory-rows.ts'
import { type Apart, count } from './sim-apart.ts'

export const LISTS = ['notes', 'labs'] as const satisfies Collection[]
export type List = (typeof LISTS)[number]

/** What the patient lets the practice do in each list; a list that is not named is not shared. */
export type Given = Partial<Record<List, readonly ListRight[]>>

export const WIDE: Given = { notes: ['read', 'append', 'amend', 'sign'], labs: ['read', 'append', 'amend'] }
/** Each narrower than that, another way. */
export const NARROWER: readonly Given[] = [
  { notes: ['read', 'append', 'amend'], labs: ['read', 'append', 'amend'] },
  { notes: ['read', 'append'], labs: ['read', 'append'] },
  { notes: ['read', 'append', 'amend', 'sign'] },
  { notes: ['read'], labs: ['read', 'append', 'amend'] },
  { notes: ['read'], labs: ['read'] },
]

/** What goes wrong on purpose. */
export interface PublishMistakes {
  /** No device settles what was published apart. */
  unsettled?: boolean
  /** What is saved in the practice's vault goes into the chart unasked. */
  unasked?: boolean
}

/** A vault on a device, as an open chart has it. */
export interface OpenSide extends PublishingChart {
  machine: VaultMachine
  writer: ChartWriter
  signing: ChartSigning
  /** Those of the same chart as another device has it, by what this one signs with. */
  signaturesOf(machine: VaultMachine): ContentSignatures
}

/** A device of the practice: its own vault and the patient's chart. */
export interface Seat {
  device: Device
  disk: RowsDisk
  vault: OpenSide
  chart: OpenSide
  /** Whether the last pass of each left nothing to do: then what is written is sealed at once. */
  isInStep: boolean
  /** Resolves when the device dies in a commit of the practice's vault. */
  died: Promise<void>
  reopen(): Promise<void>
}

export interface PublishRun extends Apart {
  mistakes: PublishMistakes
  patient: Device[]
  seats: Seat[]
  /** For the practice's vault. */
  vault: Uint8Array
  /** Texts of versions that somebody saved there, by revision; and of each record, oldest first, those of each device. */
  texts: Map<string, string>
  saved: Map<string, string[]>
  /** Versions that a device published: doc and revision. */
  published: Set<string>
  /** For those, what a crash may have kept from being written. */
  mayLack: Set<string>
  /** Records that the desk published in the end, when everything was allowed. */
  newest: Set<string>
  /** What the patient wrote in the shared lists. */
  own: string[]
  given: Given
  steps: number
}

const VAULT_LISTS = [...LISTS].map((name) => ({ name: name as string, appendOnly: false }))

/** A practice with two devices, its own vault, and a patient who shares everything with it. */
export async function openPublishing(apart: Apart, mistakes: PublishMistakes): Promise<PublishRun> {
  const { world, devices, random } = apart
  const founder = { id: randomBytes(16), name: 'Desk', roles: ['admin', 'physician'] as PracticeRole[] }
  const desk = Object.assign(await world.provider(founder), { name: 'desk' })
  const run: PublishRun = {
    ...apart,
    mistakes,
    patient: [...devices],
    seats: [],
    vault: new Uint8Array(),
    texts: new Map(),
    saved: new Map(),
    published: new Set(),
    mayLack: new Set(),
    newest: new Set(),
    own: [],
    given: {},
    steps: 0,
  }
  const lists = [...VAULT_LISTS, { name: 'audit', appendOnly: true }, { name: ACCESS_LOG, appendOnly: true }]
  const account = desk.book.lookup(desk.person.account)!
  const made = await vaultEntry(lists, { account, device: desk.secrets, time: world.time.now, randomBytes })
  run.vault = made.vault
  const first = await openSeat(run, desk)
  const { machine } = first.vault
  await appendControl(machine, [made.entry, ...(await grantsToRoles(machine, made.entry, 'Clinic'))])
  run.seats.push(first)
  const ward = await come(run, desk, random.chance(0.3) ? null : random.pick(ROLES_OF))
  run.seats.push(await openSeat(run, ward))
  if (random.chance(0.5)) run.patient.splice(1)
  run.devices.splice(0, run.devices.length, ...run.patient, desk, ward)
  await world.laptop.book.refresh(desk.person.account, world.laptop.server, world.key.publicKey)
  await share(run, WIDE)
  return run
}

/** For a second member. */
export const ROLES_OF: readonly (readonly PracticeRole[])[] = [
  ['physician'],
  ['nurse'],
  ['physician', 'nurse'],
  ['scribe'],
]

function actionsOf(run: PublishRun, { book, home, person, secrets, boxKeys, server }: Device): AccountActions {
  return new AccountActions({
    accountStore: memoryHome(home),
    accounts: book,
    account: person.account,
    device: secrets,
    boxKeys,
    randomBytes,
    server: () => ({ api: server, key: run.world.key.publicKey }),
    hasServer: () => true,
  })
}

/** Another device of the practice: of a second member with these roles, or of the one who made it. */
async function come(run: PublishRun, desk: Device, roles: readonly PracticeRole[] | null): Promise<Device> {
  const secrets = createDevice(randomBytes)
  const member = { id: randomBytes(16), name: 'Ward', roles: roles ?? [] }
  const outcome = await actionsOf(run, desk).post((state) =>
    roles === null
      ? deviceAddedEntry(state, desk.secrets, secrets, 'ward', desk.boxKeys(), randomBytes)
      : memberAddedEntry(state, desk.secrets, member, { ...secrets, name: 'ward' }, desk.boxKeys(), randomBytes),
  )
  if (outcome.type !== 'done') throw new Error(outcome.type)
  run.trace.push(`ward: ${roles?.join() ?? 'the same member'}`)
  return run.world.openDevice(desk, 'ward', secrets)
}

/** The log of the practice as its administrator has it. */
export function logOf({ seats: [desk] }: PublishRun): AccountState {
  const { book, person } = desk!.device
  return book.lookup(person.account)!
}

export function rolesNow(run: PublishRun, { device }: Seat): readonly string[] {
  const log = logOf(run)
  return rolesAt(log, device.secrets.id, log.n) ?? []
}

/** The second member loses or gets roles; nothing where there is one member alone. */
export async function setRoles(run: PublishRun, roles: readonly PracticeRole[]): Promise<void> {
  const [desk, ward] = run.seats.map(({ device }) => device) as [Device, Device]
  const memberOf = ({ secrets }: Device) => logOf(run).devices.get(idText(secrets.id))!.member!
  const id = memberOf(ward)
  if (idText(id) === idText(memberOf(desk))) return
  const log = logOf(run)
  const from = rolesAt(log, ward.secrets.id, log.n) ?? []
  const outcome = await actionsOf(run, desk).changeMember({ id, name: 'Ward', roles: [...roles] }, from)
  run.trace.push(`${run.steps} ward becomes ${roles.join()}: ${outcome.type}`)
  count(run, `roles ${outcome.type}`)
}

// --- vaults that are open on a device ------------------------------------------------------------------------------------------

async function openSeat(run: PublishRun, device: Device): Promise<Seat> {
  const seat = { device, disk: [] as RowsDisk, isInStep: false } as unknown as Seat
  const open = async () => {
    let die = () => {}
    seat.died = new Promise((resolve) => {
      die = resolve
    })
    const { person, secrets, clock } = device
    const machine = await openVault({
      vault: run.vault,
      rows: memoryRows(seat.disk, () => device.fate(), die),
      clock: { now: () => run.world.time.now + clock.offset },
      randomBytes,
      accounts: device.book,
      account: person.account,
      device: secrets,
      boxKeys: () => device.boxKeys(),
      serverKey: () => run.world.key.publicKey,
    })
    seat.vault = openSide(seat, machine)
    seat.chart = openSide(seat, device.machine)
    seat.isInStep = false
  }
  seat.reopen = async () => {
    device.fate = () => 'write'
    await device.reopen()
    await open()
  }
  await open()
  return seat
}

function openSide(seat: Seat, machine: VaultMachine): OpenSide {
  const { person, secrets, book, name, boxKeys } = seat.device
  const { rows } = machine
  const account = idText(person.account)
  const people = {
    author: (by: string, device: string) => ({ account: by, device, member: '', name: by, me: by === account }),
  }
  const signer = () => currentMember(book.lookup(person.account)!, secrets.id, boxKeys())
  const signaturesOf = (of: VaultMachine) => new ContentSignatures({ machine: of, shown: of.rows, people, signer })
  const history = (id: string) => recordHistory(machine, people, null, id)
  const writer = new ChartWriter({
    machine,
    store: rows,
    chunks: memoryChunks(),
    session: {
      account,
      device: idText(secrets.id),
      name,
      vaultRow: () => null,
      updateVaultRow: () => Promise.resolve(),
      isInStep: () => seat.isInStep,
      wake: () => {},
    },
    vault: idText(machine.vault),
    // What a screen is shown of it is asked for by nobody here.
    views: { record: ({ id, doc, revision }: StoredRecord) => ({ id, doc, revision }) as ChartRecord },
    isOpen: () => true,
  })
  const signing = new ChartSigning({
    machine,
    shown: rows,
    writer,
    signatures: signaturesOf(machine),
    settled$: NEVER,
    history,
  })
  return {
    machine,
    writer,
    signing,
    signaturesOf,
    signatureRows: (doc) => signing.rowsOf(doc),
    versionsHere: history,
    keepVersions: (kept) => writer.keepVersions(kept),
    takeCopies: (prepare) => writer.takeCopies(prepare),
  }
}

/** A person saves a record in the practice's vault. */
export async function saveIn(
  run: PublishRun,
  { device, vault, chart }: Seat,
  collection: List,
  resource: string,
  id?: string,
) {
  const saved = await vault.writer.save({ collection, resource, ...(id === undefined ? {} : { id }) })
  count(run, `save ${saved.type}`)
  run.trace.push(
    `${run.steps} ${device.name} saves ${collection} ${saved.type === 'saved' ? name(saved.record) : saved.type}`,
  )
  if (saved.type !== 'saved') return null
  const row = noted(run, vault, saved.record.id)
  if (run.mistakes.unasked === true && chart.machine.control !== null) await publishRecord(vault, chart, row.id)
  return row
}

export async function signIn(
  run: PublishRun,
  { device, vault }: Seat,
  row: StoredRecord,
  how: Pick<SignInput, 'meaning'>,
) {
  const signed = await vault.signing.sign({ record: row.id, revision: row.revision, ...how })
  count(run, `sign ${signed.type}`)
  run.trace.push(`${run.steps} ${device.name} signs ${name(row)}: ${signed.type}`)
  if (signed.type === 'signed') noted(run, vault, signed.id)
}

function noted(run: PublishRun, { machine }: OpenSide, id: string): StoredRecord {
  const row = machine.rows.read(id)!
  run.texts.set(row.revision, row.resource)
  run.saved.set(row.doc, [...(run.saved.get(row.doc) ?? []), row.resource])
  return row
}

/** What a device wrote and died before it could say so is written all the same. `before`: the versions that it had. */
export function notedByDeath(run: PublishRun, { vault }: Seat, before: ReadonlySet<string>): void {
  for (const { id, revision } of vault.machine.rows.all())
    if (!before.has(revision) && !run.texts.has(revision)) noted(run, vault, id)
}

export const version = ({ doc, revision }: { doc: string; revision: string }) => `${doc} ${revision}`
export const name = ({ doc, revision }: { doc: string; revision: string }) =>
  `${doc.slice(0, 5)}@${revision.slice(0, 5)}`

/** Answers what came of it. */
export async function publishOne(run: PublishRun, { device, vault, chart }: Seat, row: StoredRecord): Promise<string> {
  // C10: of a chart whose access has ended there is no slot to publish into.
  if (chart.machine.control === null || chart.machine.keys.streams.size === 0) return 'ended'
  // What a crash leaves may be there or not.
  const going = [row, ...partsOf(vault, row.doc)]
  const fresh = going.map(version).filter((each) => !run.published.has(each))
  for (const each of fresh) run.published.add(each)
  for (const each of fresh) run.mayLack.add(each)
  const { type } = await publishRecord(vault, chart, row.id)
  for (const each of type === 'published' ? going.map(version) : fresh) run.mayLack.delete(each)
  if (type !== 'published') for (const each of fresh) run.published.delete(each)
  count(run, `publish ${type}`)
  run.trace.push(`${run.steps} ${device.name} publishes ${name(row)}: ${type}`)
  return type
}

/** Signatures and addenda of a record, and signatures of its addenda, by what they say of themselves. */
export function partsOf({ machine }: Pick<OpenSide, 'machine'>, doc: string): StoredRecord[] {
  const all = machine.rows.all()
  const of = new Map(all.map((row) => [row.doc, recordOf(row)]))
  return all.filter((row) => {
    const record = of.get(row.doc) ?? ''
    return record === doc || of.get(record) === doc
  })
}

/** The record that a signature is of, or that an addendum appends; empty for all others. */
export function recordOf({ resource }: StoredRecord): string {
  const appended = /"urn:chartkeep:record","value":"([\w-]{22})"/u.exec(resource)?.[1]
  return signatureRecord(parseJsonOrNull(resource))?.record ?? appended ?? ''
}

// --- what the patient allows ----------------------------------------------------------------------------------------------------

/** A grant for each role of the practice, as the app makes them. */
export async function share(run: PublishRun, given: Given): Promise<void> {
  const { laptop, key, time } = run.world
  const { account } = logOf(run)
  await laptop.book.refresh(account, laptop.server, key.publicKey)
  for (const role of CARE_ROLES) {
    const outcome = await grantNow(laptop.machine, laptop.server, {
      kind: 'share',
      id: randomBytes(16),
      grantee: account,
      role,
      scopes: scopesOf(role, given),
      notBefore: time.now - 1000,
      notAfter: time.now + 4e9,
      label: { purpose: 'visit', name: 'Mei', birthDate: '', grantee: 'Clinic' },
      generation: newestRoleKey(laptop.book.lookup(account)!, role)!.generation,
    })
    if (outcome.type !== 'done') throw new Error(JSON.stringify(outcome))
  }
  run.given = given
}

function scopesOf(role: CareRole, given: Given) {
  return (Object.entries(given) as [List, readonly ListRight[]][]).map(([collection, rights]) => ({
    collection,
    rights: [...rightsInChart(role, collection, rights)],
  }))
}

/** Ids of the grants in force, the oldest first. */
export function standing({ world }: PublishRun): string[] {
  const { grants } = world.laptop.machine.control!
  return [...grants].flatMap(([id, { cut }]) => (cut === null ? [id] : []))
}

export async function revoke(run: PublishRun, grants: readonly string[]): Promise<void> {
  const { machine, server } = run.world.laptop
  for (const id of grants) {
    const outcome = await cutGrantNow(machine, server, machine.control!.grants.get(id)!.id, 'revoked')
    if (outcome.type !== 'done') throw new Error(JSON.stringify(outcome))
  }
}

/** A new share, then the end of earlier those. */
export async function allow(
  run: PublishRun,
  what: string,
  given: PublishRun['given'],
  before: string[],
): Promise<void> {
  await share(run, given)
  await revoke(run, before)
  count(run, what)
  run.trace.push(`${run.steps} the patient ${what}: ${JSON.stringify(given)}`)
}

/** Everything is allowed again, so that whatever was held back can follow. */
export async function restore(run: PublishRun): Promise<void> {
  run.steps += 1
  const before = standing(run)
  await allow(run, 'shares everything', WIDE, before)
  await setRoles(run, ['physician', 'nurse'])
}

/** Versions of records that a vault on a device holds in any way. */
export function versionsIn({ rows }: Pick<VaultMachine, 'rows'>): StoredRecord[] {
  const beside = [TABLE.supersededVersions, TABLE.siblingVersions, TABLE.remoteCurrent].flatMap((table) => [
    ...rows.table(table).values(),
  ])
  const conflicts = [...rows.table(TABLE.conflict).values()].map(
    (value) => (value as unknown as { row: StoredRecord }).row,
  )
  const sealed = [...rows.table(TABLE.outbox).values()].flatMap(
    (value) => (value as unknown as { row: StoredRecord | null }).row ?? [],
  )
  return [...rows.all(), ...(beside as unknown as StoredRecord[]), ...conflicts, ...sealed]
}
