/**
 * A simulation of those who own one chart (C2): holders and managers join, leave, are removed and hand over in any order that the seed draws,
 * while everybody writes and answers get lost. The shipping machine over rows in memory, a real server core.
 */
import { idText, MAX_HOLDERS } from '@chartkeep/protocol'
import { newestBoxKey } from '@chartkeep/protocol/account'
import {
  holdersOf,
  isOwner,
  liveOwners,
  mayEnd,
  ownerOf,
  staleStreams,
  wasOwner,
  type OwnerRole,
} from '@chartkeep/protocol/control'
import {
  addOwnerNow,
  endOwnerNow,
  leaveNow,
  offerNow,
  takeOverNow,
  maintainMembership,
  writableStream,
} from '@chartkeep/sync/testing'
import { aside, holds, resourceOf, save, shown, type Device } from './attack-world.ts'
import { signInAt } from './hostile-server.ts'
import { type Apart, type ApartResult, count, loseOneAnswer, runApart } from './sim-apart.ts'

/** Two devices of the first holder, one each of three others. */
interface Run extends Apart {
  written: { text: string; by: Device }[]
  /** The app's own passes renew keys and cut devices; a mistake is planted by leaving them out. */
  tidies: boolean
}

const account = (device: Device) => device.person.account
const isIn = ({ machine }: Device) => machine.control !== null && isOwner(machine.control, machine.account)
const isHolder = ({ machine }: Device) => ownerOf(machine.control!, machine.account)?.role === 'holder'

export function runManagers(seed: number, steps: number, { tidies = true } = {}): Promise<ApartResult> {
  const begin = async (run: Apart): Promise<Run> => {
    for (const name of ['person 2', 'person 3', 'person 4'])
      run.devices.push(Object.assign(await run.world.provider(), { name }))
    return { ...run, written: [], tidies }
  }
  return runApart({ name: 'managers', begin, action, pass: sync, check }, seed, steps)
}

async function action(run: Run): Promise<void> {
  const { random, devices } = run
  const owners = devices.filter(isIn)
  // Those who own it now may not know it yet.
  if (owners.length === 0) return sync(run, random.pick(devices))
  const device = random.pick(owners)
  const draw = random.int(100)
  if (random.chance(0.15)) loseOneAnswer(device, 'postControl')
  if (draw < 22) await write(run, random.pick(devices))
  else if (draw < 48) await sync(run, random.pick(devices))
  else if (draw < 64) await add(run, device)
  else if (draw < 73) await end(run, device)
  else if (draw < 80) await note(run, 'leave', device, leaveNow(device.machine, device.server))
  else await handOver(run, device)
  device.server.lies = {}
}

async function note(run: Run, what: string, device: Device, outcome: Promise<{ type: string }>): Promise<void> {
  const { type } = await outcome
  count(run, `${what} ${type}`)
  run.trace.push(`${device.name}: ${what}, ${type}`)
}

async function write(run: Run, device: Device): Promise<void> {
  if (device.machine.control === null || writableStream(device.machine, 'labs') === null) return
  const text = `${device.name} ${run.written.length}`
  await save(device, 'labs', text)
  run.written.push({ text, by: device })
  run.trace.push(`writes ${text}`)
}

/** One pass as the app makes it (sync-chart.ts). */
async function sync(run: Run, device: Device): Promise<void> {
  const first = await device.sync()
  if (first.type !== 'offline' && first.type !== 'ended' && run.tidies) {
    const moved = await maintainMembership(device.machine, device.server, run.world.time.now)
    if (moved) await device.sync()
  }
  await note(run, 'sync', device, Promise.resolve(first))
}

async function add(run: Run, device: Device): Promise<void> {
  const { control } = device.machine
  const other = run.random.pick(run.devices)
  const known = ownerOf(control!, account(other))
  const mayHold = isHolder(device) && holdersOf(control!).length < MAX_HOLDERS && known?.role !== 'holder'
  const role: OwnerRole = mayHold && run.random.chance(0.4) ? 'holder' : 'manager'
  if (known !== null && role === 'manager') return
  await device.book.refresh(account(other), device.server, run.world.key.publicKey)
  const state = device.book.lookup(account(other))
  if (state === null) return
  const { generation } = newestBoxKey(state)
  const label = { purpose: '', name: 'Mei', birthDate: '', grantee: other.name, people: {} }
  const added = { account: account(other), generation, role, label }
  await note(run, `add ${role}`, device, addOwnerNow(device.machine, device.server, added))
}

async function end(run: Run, device: Device): Promise<void> {
  const { control, machine } = { control: device.machine.control!, machine: device.machine }
  const others = liveOwners(control).filter(
    (owner) => idText(owner.account) !== idText(machine.account) && mayEnd(control, owner.account, machine.account),
  )
  if (others.length === 0) return
  await note(run, 'end', device, endOwnerNow(machine, device.server, run.random.pick(others).account))
}

async function handOver(run: Run, device: Device): Promise<void> {
  const { machine, server } = device
  const [offer] = machine.control!.offers
  if (offer !== undefined) {
    const [giver, { to }] = offer
    const from = run.devices.find((each) => idText(account(each)) === giver)!
    const receiver = run.devices.find((each) => idText(account(each)) === idText(to))!
    return note(run, 'take over', receiver, takeOverNow(receiver.machine, receiver.server, account(from)))
  }
  const managers = liveOwners(machine.control!).filter(({ role }) => role === 'manager')
  if (!isHolder(device) || managers.length === 0) return
  await note(run, 'offer', device, offerNow(machine, server, 'offer', run.random.pick(managers).account))
}

async function check({ devices, faults, written, world }: Run): Promise<void> {
  const owners = devices.filter(isIn)
  const [reference] = owners
  if (reference === undefined) return void faults.push('C2: nobody owns the chart')
  const control = reference.machine.control!
  const holders = holdersOf(control).length
  if (holders < 1 || holders > MAX_HOLDERS) faults.push(`C2: ${holders} holders`)
  if (staleStreams(control).length > 0) faults.push('C4: who left knows the newest keys')
  for (const device of owners) {
    const outcome = await device.sync()
    if (outcome.type !== 'synced') faults.push(`1: ${device.name} is ${JSON.stringify(outcome)}`)
    if (device.machine.control!.n !== control.n) faults.push(`1: ${device.name} has another control log`)
    if (shown(device, 'labs').join() !== shown(reference, 'labs').join())
      faults.push(`1: ${device.name} shows ${differing(device, reference)}`)
    for (const reason of aside(device)) if (reason !== 'cut') faults.push(`3: ${device.name} put aside: ${reason}`)
  }
  const texts = new Set(shown(reference, 'labs'))
  for (const { text, by } of written)
    if (!texts.has(resourceOf('labs', text)) && !holds(by, resourceOf('labs', text)))
      faults.push(`2: "${text}" is lost`)
  for (const device of devices.filter((each) => !isIn(each) && wasOwner(control, account(each)))) {
    const known = device.machine.keys.streams
    for (const [id, { epoch }] of control.streams)
      if (known.get(id)?.byEpoch.has(epoch)) faults.push(`7: ${device.name} opens epoch ${epoch} after its end`)
    const session = await signInAt(world.core, account(device), device.secrets)
    const streams = [...control.streams.values()].map(({ id }) => ({ stream: id, after: 0 }))
    const answer = await world.core.pull(session, world.vault, { streams, budget: 1 << 20 })
    if (!('error' in answer)) faults.push(`7: ${device.name} was answered a pull after its end`)
  }
}

/** Records that only one of two devices shows and the other does not. */
function differing(a: Device, b: Device): string {
  const [one, two] = [a, b].map(
    (device) => new Set(device.rows.all().map(({ resource }) => /canary-\w+ ([^"]+)/.exec(resource)?.[1] ?? '')),
  )
  const only = (x: Set<string>, y: Set<string>) => [...x].filter((text) => !y.has(text)).join(' | ')
  return `more: ${only(one!, two!)}; not: ${only(two!, one!)}`
}
