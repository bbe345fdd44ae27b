/**
 * C9, C10, C11: providers work on where there is no network after their access has ended, submit late and remove their copy; owners look
 * and decide. Nothing late counts without an owner's decision, and nothing that was sealed is lost.
 */
import { newAuditEvent, stringifyJson } from '@chartkeep/domain'
import { idText } from '@chartkeep/protocol'
import { decodeHeader } from '@chartkeep/protocol/streams'
import {
  acceptNow,
  commitVersions,
  decisionsOf,
  cutGrantNow,
  purgeRevokedVault,
  exclusive,
  submitLate,
  submitBeforePurge,
  hasEnded,
  keepIntent,
  lateItems,
  lateName,
  prepareVersion,
  readLateArrivals,
  TABLE,
  takeFromBox,
  waitingToSubmit,
  type VaultMachine,
  withForerunners,
} from '@chartkeep/sync/testing'
import type { SimDevice } from './sim-device.ts'
import { sealedRows, type SealedRow } from './sim-disk.ts'
import { isTakingOver } from './sim-own.ts'
import { create, edit } from './sim-actions.ts'
import { advance, drawFate, finish } from './sim-fates.ts'
import type { Fate, Scenario, SimPart } from './sim-types.ts'

/** Hashes that a person took in, and what was in the box when every owner looked for the last time. */
interface Known {
  taken: Set<string>
  shown: Set<string>
}
const known = new WeakMap<Scenario, Known>()

function knownOf(scenario: Scenario): Known {
  const found = known.get(scenario) ?? { taken: new Set(), shown: new Set() }
  known.set(scenario, found)
  return found
}

const isFree = (device: SimDevice) => device.up && !device.busy && !device.offline && device.machine.control !== null
const isOver = (device: SimDevice) => device.person.role === 'provider' && hasEnded(device.machine)
const hasWork = ({ machine }: SimDevice) => machine.rows.all().length > 0 || waitingToSubmit(machine).length > 0

/** A provider writes where there is no network, and its grant ends meanwhile; sometimes its work comes between the reading and the cut. */
const working: Fate = {
  name: 'a provider works on while its grant ends',
  weight: 3,
  may: ({ owners }, device) =>
    isFree(device) && device.person.role === 'provider' && !isOver(device) && owners.some(isFree),
  async befall(scenario, device) {
    const { random } = scenario
    const owner = random.pick(scenario.owners.filter(isFree))
    const account = idText(device.person.account)
    const standing = [...owner.machine.control!.grants.values()].filter(
      (grant) => grant.cut === null && grant.account !== null && idText(grant.account) === account,
    )
    if (standing.length === 0) return
    const { id } = random.pick(standing)
    scenario.count('works on')
    for (let count = 1 + random.int(3); count > 0; count--) await create(scenario, device)
    if (random.chance(0.4)) await edit(scenario, device)
    await owner.begin(async (api) => (await cutGrantNow(owner.machine, api, id, 'revoked')).type)
    if (random.chance(0.4)) {
      while (owner.parked !== null && owner.parked.call !== 'postControl') await owner.resume('deliver')
      await finish(scenario, device, 'sync')
    }
    if (owner.up) await finish(scenario, owner, 'rest')
  },
}

const leaving: Fate = {
  name: 'a provider leaves',
  weight: 6,
  may: (_, device) => isFree(device) && isOver(device) && hasWork(device),
  befall: leave,
}

/** As chart.ts does it: submits, then removes the copy. */
async function leave(scenario: Scenario, device: SimDevice): Promise<void> {
  scenario.say(`${device.name} begins to leave`)
  scenario.count('leave')
  await device.begin(async (api) => {
    const { machine } = device
    if (!hasEnded(machine)) return 'stays'
    await submitBeforePurge(machine, api)
    return hasEnded(machine) ? `left, ${await purgeRevokedVault(machine)} stay` : 'stays'
  })
}

const again: Fate = {
  name: 'a provider hands in',
  weight: 4,
  may: (_, device) =>
    isFree(device) && device.person.role === 'provider' && device.machine.rows.table(TABLE.undelivered).size > 0,
  async befall(scenario, device) {
    scenario.count('hand in')
    await device.begin(async (api) => {
      const outcome = await submitLate({ ...device.machine, device: device.secrets.id }, api)
      return `handed in: ${outcome.type}`
    })
  },
}

const looking: Fate = {
  name: 'an owner looks for late arrivals',
  weight: 3,
  may: ({ world }, device) =>
    isFree(device) && device.person.role === 'owner' && [...world.server.grants.values()].some(({ cut }) => cut),
  befall: look,
}

async function look({ count }: Scenario, device: SimDevice): Promise<void> {
  count('look')
  await device.begin(async (api) => {
    await readLateArrivals(device.machine, api)
    return 'looked'
  })
}

const openItems = (device: SimDevice) => lateItems(device.machine).filter(({ decision }) => decision === 'open')

const deciding: Fate = {
  name: 'a person decides what came late',
  weight: 12,
  may: (_, device) => device.up && device.person.role === 'owner' && openItems(device).length > 0,
  async befall(scenario, device) {
    const { random } = scenario
    if (device.machine.keys.docSecret === null || !(await device.isLaneFree())) return advance(scenario, device)
    device.withFate(() => drawFate(random, 0.03))
    await decide(scenario, device)
    device.withFate(() => 'write')
  },
}

async function decide(scenario: Scenario, device: SimDevice): Promise<void> {
  const { machine } = device
  // By content: hashes depend on clocks.
  const sorted = openItems(device).toSorted((a, b) => (a.late.row.resource < b.late.row.resource ? -1 : 1))
  const { hash, late } = scenario.random.pick(sorted)
  const takes = scenario.random.chance(0.65)
  scenario.count(takes ? (late.n === null ? 'take from box' : 'accept') : 'leave out')
  if (takes && late.n !== null) return accept(scenario, device, hash)
  if (takes) knownOf(scenario).taken.add(hash)
  const outcome = await device.act(async () => {
    if (takes && !(await takeFromBox(machine, hash))) return
    await writeDown(machine, takes ? 'late-taken' : 'late-left', hash)
  })
  scenario.say(`${device.name} ${takes ? 'takes in' : 'leaves out'} ${late.row.resource}: ${outcome}`)
}

async function accept(scenario: Scenario, device: SimDevice, hash: string): Promise<void> {
  const { machine } = device
  const envelopes = withForerunners(machine, hash)
  for (const each of envelopes) knownOf(scenario).taken.add(idText(each.hash))
  const wish = () => exclusive(machine, () => keepIntent(machine, { kind: 'accept', envelopes }))
  if (device.offline || device.busy) {
    scenario.say(`${device.name} wishes to accept: ${await device.act(wish)}`)
    return
  }
  await device.begin(async (api) => {
    const outcome = await acceptNow(machine, api, envelopes)
    if (outcome.type === 'offline') await wish()
    return `accept ${outcome.type}`
  })
}

/** The decision in the owners' audit log; without a time, for clocks decide nothing. */
export async function writeDown(
  machine: VaultMachine,
  action: 'late-taken' | 'late-left',
  hash: string,
): Promise<void> {
  const about = { account: '', device: '', name: '', at: 0, collection: '', subject: '', count: 0 }
  const resource = stringifyJson(newAuditEvent({ action, ...about, records: [lateName(hash)] }))
  await exclusive(machine, async () => {
    const prepared = prepareVersion(machine, { collection: 'audit', resource })
    if (prepared.type === 'row') await commitVersions(machine, [prepared])
  })
}

/** Everybody whose access is over submits and leaves, then every owner looks: what is there now is what each must have been shown. */
async function settle(scenario: Scenario): Promise<void> {
  const { devices, owners, world, vault } = scenario
  const isOverNow = ({ cut, notAfter }: { cut: boolean; notAfter: number }) => cut || notAfter <= world.server.now
  if (![...world.server.grants.values()].some(isOverNow)) return
  for (const device of devices) {
    if (device.person.role !== 'provider' || device.machine.control === null || !hasWork(device)) continue
    await finish(scenario, device, 'sync')
    if (!isOver(device) || !hasWork(device)) continue
    await leave(scenario, device)
    await finish(scenario, device, 'rest')
  }
  for (const { hash } of world.server.storage().read.lateAfter(vault, 0)) knownOf(scenario).shown.add(idText(hash))
  const hasAside = ({ machine }: SimDevice) => machine.rows.table(TABLE.quarantine).size > 0
  if (knownOf(scenario).shown.size === 0 && !owners.some(hasAside)) return
  for (const device of owners) {
    await finish(scenario, device, 'sync')
    await look(scenario, device)
    await finish(scenario, device, 'rest')
  }
  for (const device of owners) {
    if (openItems(device).length === 0 || device.machine.keys.docSecret === null) continue
    await decide(scenario, device)
    await finish(scenario, device, 'rest')
  }
}

function check(scenario: Scenario): void {
  const { devices, owners, faults, world, vault } = scenario
  const { taken, shown } = knownOf(scenario)
  const { read } = world.server.storage()
  for (const { machine, name } of owners) {
    // What its stream holds did not come late, though it was submitted as well: an answer to a push was lost, or a push came twice.
    const isInStream = (hash: string) =>
      [...machine.streams.values()].some(({ envelopes }) => envelopes.get(hash)?.isVoid === false)
    for (const hash of shown)
      if (machine.rows.get(TABLE.late, hash) === undefined && !decisionsOf(machine).has(hash) && !isInStream(hash))
        faults.push(`2 C11: ${name} was not shown ${hash}`)
    for (const { importSource, resource } of machine.rows.all()) {
      const hash = /^late:[^:]+:(.+)$/.exec(importSource)?.[1]
      if (hash !== undefined && !taken.has(hash)) faults.push(`3 C11: ${name} merged by itself: ${resource}`)
    }
    for (const hash of machine.control?.accepted.keys() ?? [])
      if (!taken.has(hash)) faults.push(`3 C9: ${name} accepts what nobody accepted: ${hash}`)
  }
  for (const device of devices) {
    if (device.person.role !== 'provider') continue
    for (const { hash, header, row } of sealedBy(device)) {
      const text = idText(hash)
      const { stream, doc } = decodeHeader(header)!
      const isAtServer = read.envelopeByHash(vault, stream, doc, hash) ?? read.hasLate(vault, hash)
      const isWithOwner = owners.some(({ machine }) => machine.rows.get(TABLE.late, text) !== undefined)
      const isHere = waitingToSubmit(device.machine).some((each) => idText(each.hash) === text)
      // F3: an owner's device that was restored may have lost the copy that it had of what was decided.
      const isDecided = owners.some(({ machine, isCopied }) => isCopied && decisionsOf(machine).has(text))
      if (!isAtServer && !isWithOwner && !isHere && !isDecided)
        faults.push(`2 C11: ${device.name} lost ${row.resource}`)
    }
  }
}

/** Every envelope that the device has sealed, by what its disk was told; but for what it gave up to seal it again (F3, sim-properties.ts). */
function sealedBy({ disk }: SimDevice): SealedRow[] {
  const rows = sealedRows(disk)
  const sealed = new Map<string, SealedRow>()
  const waiting = new Map<string, string>()
  for (const commit of disk) {
    const takesOver = isTakingOver(commit)
    for (const each of commit.sync) {
      if (each.table !== TABLE.outbox) continue
      const item = rows.get(each)
      if (item !== undefined) {
        waiting.set(each.key, idText(item.hash))
        sealed.set(idText(item.hash), item)
      } else if (takesOver) sealed.delete(waiting.get(each.key)!)
    }
  }
  return [...sealed.values()]
}

/** Much of it: for scenarios that are about nothing else. */
export const muchLate: readonly Fate[] = [
  { ...working, weight: 25 },
  { ...leaving, weight: 25 },
  { ...looking, weight: 20 },
  { ...deciding, weight: 20 },
]

export const late: SimPart = { fates: [working, leaving, again, looking, deciding], settle, check }
