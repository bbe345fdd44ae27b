/**
 * A practice with one member for each role and its own vault, a patient who shares a chart with its care roles, and a server in this process (C12):
 * what each member's device may do is asked of the server with that device's own keys, by no code of packages/sync.
 */
import {
  CARE_ROLES,
  COLLECTIONS,
  listsOfRole,
  PRACTICE_ROLES,
  rightsInChart,
  type Collection,
  type ListRight,
  type PracticeRole,
} from '@chartkeep/domain'
import { rightsOf } from '@chartkeep/protocol'
import type { SignedEntry } from '@chartkeep/protocol/signed'
import { streamStart } from '@chartkeep/protocol/streams'
import type { ServerSession } from '@chartkeep/sync-server/testing'
import { createPerson, type Device, type Person } from './protocol-people.ts'
import { addMember, createPractice, type Practice } from './protocol-practice.ts'
import { createWriter, write, type Sealed, type Writer } from './protocol-stream.ts'
import { createVault, makeGrant, type Vault } from './protocol-vault.ts'
import { accepted, answerChallenge, createServerWorld, errorOf, type ServerWorld } from './server-world.ts'

/** The lists, the append-only one last, as a vault of tests has them. */
const LISTS: readonly Collection[] = [...COLLECTIONS.filter((list) => list !== 'audit'), 'audit']
const NO_END = 4_000_000_000_000

export interface RoleWorld {
  server: ServerWorld
  practice: Practice
  /** The practice's own vault. */
  own: Vault
  /** A patient's, of which the practice may read, append and amend one list and read another. */
  chart: Vault
  patient: Person
  device(role: PracticeRole): Device
  session(role: PracticeRole): Promise<ServerSession>
  signIn(person: Person, device: Device): Promise<ServerSession>
  streamOf(vault: Vault, list: Collection): Uint8Array
  close(): Promise<void>
}

/** What the patient lets the practice do, by list; nothing on the others. */
export const GIVEN: Partial<Record<Collection, readonly ListRight[]>> = {
  labs: ['read', 'append', 'amend'],
  notes: ['read', 'append'],
  allergies: ['read'],
}

export async function createRoleWorld(): Promise<RoleWorld> {
  const server = createServerWorld()
  const { core } = server
  const practice = await createPractice('roles')
  for (const role of PRACTICE_ROLES) if (role !== 'admin') await addMember(practice, role)
  const patient = await createPerson('roles-patient')
  const sessions = new Map<Device, ServerSession>()

  async function signIn(person: Person, device: Device): Promise<ServerSession> {
    const known = sessions.get(device)
    if (known !== undefined) return known
    const { token } = accepted(await core.signIn(await answerChallenge(core.challenge(), person.state.account, device)))
    const session = (await core.session(token))!
    sessions.set(device, session)
    return session
  }

  accepted(await core.register({ entry: practice.entries[0]! }))
  accepted(await core.register({ entry: patient.entries[0]! }))
  const boss = await signIn(practice, practice.device)
  for (const entry of practice.entries.slice(1))
    accepted(await core.postAccount(boss, practice.state.account, { entry }))

  const own = await createVault(practice, LISTS.length, true)
  const chart = await createVault(patient, LISTS.length, true)
  const streamOf = (vault: Vault, list: Collection) => vault.streams[LISTS.indexOf(list)]!
  const window = { notBefore: 0, notAfter: NO_END }
  for (const role of PRACTICE_ROLES) {
    if (role === 'admin') continue
    const scopes = listsOfRole(role).map(({ collection, rights }) => ({
      stream: streamOf(own, collection),
      rights: rightsOf(rights),
    }))
    await makeGrant(own, { grantee: practice, role, scopes, ...window })
  }
  for (const role of CARE_ROLES) {
    const scopes = Object.entries(GIVEN).map(([list, given]) => ({
      stream: streamOf(chart, list as Collection),
      rights: rightsOf(rightsInChart(role, list as Collection, given)),
    }))
    await makeGrant(chart, { grantee: practice, role, scopes, ...window })
  }
  accepted(await core.postControl(boss, own.id, { entries: own.entries }))
  const home = await signIn(patient, patient.device)
  accepted(await core.postControl(home, chart.id, { entries: chart.entries }))

  const device = (role: PracticeRole) => practice.seats.find(({ roles }) => roles[0] === role)!.devices[0]!
  return {
    server,
    practice,
    own,
    chart,
    patient,
    device,
    session: (role) => signIn(practice, device(role)),
    signIn,
    streamOf,
    close: () => server.close(),
  }
}

/** Everybody's sequence, by stream and device: what the server refused is not counted. */
export class Hands {
  readonly #world: RoleWorld
  readonly #writers = new Map<string, Writer>()

  constructor(world: RoleWorld) {
    this.#world = world
  }

  /** Pushes one envelope with the device's own keys; null where the server took it, else its refusal. */
  async push(
    session: ServerSession,
    vault: Vault,
    list: Collection,
    by: { person: Person; device: Device },
    over: Sealed | null = null,
  ): Promise<{ sealed: Sealed; refused: string | null }> {
    const { streamOf, server } = this.#world
    const stream = streamOf(vault, list)
    const key = [vault.id, stream, by.device.id].map((id) => Buffer.from(id).toString('hex')).join('.')
    const writer = this.#writers.get(key) ?? createWriter(vault, stream, by.person, by.device)
    const before = { ...writer }
    const head = { n: 0, h: streamStart(vault.id, stream) }
    const fields = over === null ? {} : { doc: over.header.doc, parent: over.hash }
    const sealed = await write(writer, { streamHead: head, ...fields })
    const { headerBytes: header, body, proof } = sealed
    const answer = await server.core.push(session, vault.id, { envelopes: [{ header, body, proof }] })
    const refused = 'results' in answer ? answer.refused : errorOf(answer)
    this.#writers.set(key, refused === null ? writer : before)
    return { sealed, refused }
  }

  async mayRead(session: ServerSession, vault: Vault, list: Collection): Promise<boolean> {
    const { streamOf, server } = this.#world
    const streams = [{ stream: streamOf(vault, list), after: 0 }]
    return errorOf(await server.core.pull(session, vault.id, { streams, budget: 1 << 16 })) === null
  }
}

/** An entry of an account log as a device signs it, posted; null where the server took it, else its refusal. */
export async function postAccount(
  { server, practice }: RoleWorld,
  session: ServerSession,
  entry: SignedEntry,
): Promise<string | null> {
  return errorOf(await server.core.postAccount(session, practice.state.account, { entry }))
}
