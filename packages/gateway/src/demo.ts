/**
 * `npm run gateway -- --demo`: the sample family's chart, a gateway, and two programs that the family admits, in a folder of their own. Nothing is
 * faked: two accounts, two sealed stores, real grants over the sync server whose address is given. The passphrases of both lie in that folder.
 */
import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, openAsBlob, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readForImport, itemsFor } from '@chartkeep/interop'
import { createAccountManager, type Chart, type Session } from '@chartkeep/sync'
import { filter, firstValueFrom, timeout } from 'rxjs'
import type { Client } from './access/tokens.ts'
import type { GrantProgram } from './device/contract.ts'
import { nodePlatform } from './device/platform.ts'
import type { Gate } from './access/view.ts'

const FAMILY = { label: 'Sample family', name: 'Fletcher Hyatt' }
const GATEWAY = { label: 'Gateway', name: 'Demo gateway' }
const DAY_MS = 24 * 60 * 60_000
const BATCH = 200
const READ = [
  'profile',
  'care-team',
  'documents',
  'allergies',
  'immunizations',
  'medications',
  'labs',
  'vitals',
  'conditions',
  'encounters',
]
const WRITE = ['profile', 'vitals', 'labs', 'medications']

export interface DemoInput {
  folder: string
  /** Address of a sync server on this machine. */
  server: string
  /** The sample chart, a file of FHIR. */
  sample: string
  print(line: string): void
}

export interface Demo {
  family: Session
  gateway: Session
  chart: Chart
  /** Programs that may be named to the gate, with their tokens. */
  letIn(gate: Gate): Promise<{ read: string; write: string; patient: string }>
}

/** Both accounts, made at the first start and opened at later ones. */
export async function openDemo({ folder, server, sample, print }: DemoInput): Promise<Demo> {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const passphrase = passphraseIn(folder)
  const family = await openAccount(join(folder, 'family'), FAMILY, passphrase, server)
  const chart = await ownChart(family.session)
  if (family.isNew) {
    print('Reading the sample chart, once ...')
    await importSample(chart, sample)
  }
  await family.session.syncNow()
  const gateway = await openAccount(join(folder, 'gateway'), GATEWAY, passphrase, server)
  await gateway.session.syncNow()
  return {
    family: family.session,
    gateway: gateway.session,
    chart,
    letIn: (gate) => letIn(gate, family.session, gateway.session, chart),
  }
}

function passphraseIn(folder: string): string {
  const file = join(folder, 'passphrase')
  if (!existsSync(file)) {
    writeFileSync(file, randomBytes(24).toString('base64url'), { mode: 0o600 })
    chmodSync(file, 0o600)
  }
  return readFileSync(file, 'utf8')
}

async function openAccount(
  folder: string,
  { label, name }: typeof FAMILY,
  passphrase: string,
  server: string,
): Promise<{ session: Session; isNew: boolean }> {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const manager = createAccountManager(nodePlatform(folder, name))
  const [known] = await manager.accounts()
  if (known === undefined)
    return { session: (await manager.create({ label, name, passphrase, server })).session, isNew: true }
  const unlocked = await manager.unlock(known.slot, passphrase)
  if (unlocked.type !== 'unlocked')
    throw new Error(`the demo does not open (${unlocked.type}); delete its folder and start again: ${folder}`)
  return { session: unlocked.session, isNew: false }
}

async function ownChart(session: Session): Promise<Chart> {
  const charts = await firstValueFrom(session.charts$.pipe(filter((all) => all.length > 0)))
  const chart = await session.watchChart(charts[0]!.slot)
  if (chart === null) throw new Error('the chart of the demo does not open')
  chart.hold()
  return chart
}

async function importSample(chart: Chart, path: string): Promise<void> {
  const read = await readForImport(await openAsBlob(path), path)
  if (read === null) throw new Error('the sample chart cannot be read')
  const items = itemsFor(read, read.people.patients[0] ?? null)
  for (let from = 0; from < items.length; from += BATCH)
    await chart.importBatch(
      items.slice(from, from + BATCH).map(({ text, identity, canonicalHash, former, collection }) => ({
        text,
        identity,
        canonicalHash,
        former,
        collection,
      })),
      'sample',
    )
}

/** Grants for both programs where there are none, and new tokens: the old ones of a demo end with each start. */
async function letIn(gate: Gate, family: Session, gateway: Session, chart: Chart): ReturnType<Demo['letIn']> {
  const reader = await clientOf(gate, 'Reading script')
  const writer = await clientOf(gate, 'Writing script')
  const grantee = await family.readSharingCode((await gateway.sharingCode()).code)
  if ('type' in grantee) throw new Error(`the family does not find the gateway: ${grantee.type}`)
  const standing = await firstValueFrom(chart.grants$)
  const give = async (client: Client, mode: GrantProgram['mode'], lists: readonly string[]) => {
    if (standing.some(({ state, program }) => state === 'active' && program?.client === client.id)) return
    const rights = mode === 'write' ? (['read', 'append', 'amend'] as const) : (['read'] as const)
    const outcome = await chart.share({
      grantee,
      scopes: lists.map((collection) => ({ collection, rights: collection === 'profile' ? ['read'] : [...rights] })),
      until: Date.now() + 90 * DAY_MS,
      purpose: 'demo',
      shown: { name: FAMILY.name, birthDate: '' },
      program: {
        client: client.id,
        name: client.name,
        kind: client.kind,
        mode,
        silence: 7,
        request: randomBytes(16).toString('base64url'),
      },
    })
    if (outcome.type !== 'in-force') throw new Error(`the grant is not in force: ${JSON.stringify(outcome)}`)
  }
  await give(reader, 'read', READ)
  await give(writer, 'write', WRITE)
  await gateway.syncNow()
  const shared = await firstValueFrom(
    gateway.charts$.pipe(
      filter((charts) => charts.some(({ relation, state }) => relation === 'shared' && state === 'open')),
      timeout(60_000),
    ),
  )
  const { id, slot } = shared.find(({ relation }) => relation === 'shared')!
  await gateway.confirmChart(slot)
  const token = async (client: Client) => {
    await gate.tokens.end(client.id)
    return gate.tokens.issue({ client: client.id, kind: 'key', chart: id, until: 0, scope: null })
  }
  const read = await token(reader)
  return { read, write: await token(writer), patient: (await gate.view(read)).patientId() }
}

async function clientOf(gate: Gate, name: string): Promise<Client> {
  const known = gate.tokens.clients().find((client) => client.name === name)
  if (known !== undefined) return known
  const client: Client = { id: randomBytes(16).toString('base64url'), name, kind: 'integration' }
  await gate.tokens.addClient(client)
  return client
}
