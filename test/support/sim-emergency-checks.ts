/**
 * What must hold of emergency access (C13): nobody opens an epoch without a use that is with the owner, nobody reads after the end what was
 * written after it, no use is unseen by the owner, and nothing that was written in it is lost. The last is asked of all that members write.
 */
import { decodeAs, idText } from '@chartkeep/protocol'
import { ControlBody } from '@chartkeep/protocol/control'
import type { EmergencyUse } from '@chartkeep/sync'
import { emergencyUses, openBoxKeys, openParts } from '@chartkeep/sync/testing'
import { type Device, shown, streamOf } from './attack-world.ts'
import { count } from './sim-apart.ts'
import { type EmergencyRun, openHere, openTo, RARE } from './sim-emergency-world.ts'
import { pass } from './sim-members.ts'
import { checkMembers, everyPart } from './sim-members-checks.ts'
import { logOf } from './sim-members-world.ts'

/** What each device has read so far of the list that emergencies alone open: versions and epochs. */
const known = new WeakMap<Device, Set<string>>()

/** 7: what a member's device has not read before came while the chart was open to it. */
export function noteReading(run: EmergencyRun, device: Device): void {
  const before = known.get(device) ?? new Set<string>()
  known.set(device, before)
  const rare = idText(streamOf(run.world.laptop.machine, RARE))
  const epochs = [...(device.machine.keys.streams.get(rare)?.byEpoch.keys() ?? [])].map((epoch) => `epoch ${epoch}`)
  const fresh = [...epochs, ...shown(device, RARE)].filter((each) => !before.has(each))
  if (fresh.length === 0) return
  for (const each of fresh) before.add(each)
  if (openTo(run, run.emergency, device).length === 0)
    run.faults.push(`7 C13: ${device.name} reads what is not open to it`)
}

/** The server ends connections by its own timer, when all that their device has opened has ended. */
export function checkLines({ emergency, world, faults }: EmergencyRun): void {
  const { now } = world.time
  const runs = (device: Device) =>
    emergency.taken.some((each) => each.device === device && (each.closed ?? each.until) > now)
  for (const { device, closed } of emergency.lines)
    if (!runs(device) && closed.length === 0) faults.push(`C13: a connection of ${device.name} outlives what it opened`)
  emergency.lines = emergency.lines.filter(({ device }) => runs(device))
}

const PEOPLE = {
  author: (account: string, device: string) => ({ account, device, member: '', name: account, me: false }),
}

/** No use is unseen: at each contact a device of the patient's knows all that the server took, by whom and why; and no other. */
export function checkOwner(run: EmergencyRun, device: Device): void {
  const { emergency, faults } = run
  const uses = emergencyUses(device.machine, PEOPLE)
  for (const { device: by, grant, from, reason, name, told } of emergency.taken) {
    const use = uses.find((each) => each.grant === grant && each.device === idText(by.secrets.id) && each.at === from)
    if (use === undefined) faults.push(`C13: ${device.name} knows nothing of what ${by.name} opened`)
    else if (!use.verified || use.reason !== reason || use.member !== name)
      faults.push(`C13: ${device.name} reads otherwise what ${by.name} said: ${JSON.stringify(use)}`)
    else if (told !== undefined && use.state !== 'left' && use.state !== 'stopped')
      faults.push(`C13: ${device.name} does not know that ${by.name} has ended it`)
    else if (use.state === 'left') count(run, 'left')
  }
  if (uses.length > emergency.taken.length) faults.push(`C13: ${device.name} knows of a use that was none`)
}

export async function checkEmergency(run: EmergencyRun): Promise<void> {
  const { emergency, world, patient } = run
  world.time.now = Math.max(world.time.now, ...emergency.taken.map(({ until }) => until))
  await world.ring()
  checkLines(run)
  for (let round = 0; round < 3; round++) for (const device of run.devices) await pass(run, device)
  await checkMembers(run)
  for (const device of patient) checkOwner(run, device)
  checkEpochs(run)
  checkCuts(run)
  for (const device of run.seats) checkCopy(run, device)
}

/** 7: of what the server has shown to a device, its keys open no epoch but those of what was open to it, and that is with the owner. */
function checkEpochs(run: EmergencyRun): void {
  const { world, seats, faults } = run
  const { machine } = world.laptop
  const log = logOf(run)
  const rare = idText(streamOf(machine, RARE))
  const uses = emergencyUses(machine, PEOPLE)
  const since = epochTimes(run, rare)
  for (const device of seats) {
    const keys = openBoxKeys(log, device.secrets)
    const opened = openParts(machine.control!, everyPart(run, device), log.account, keys).streams.get(rare)?.byEpoch
    const own = uses.filter((use) => use.verified && use.device === idText(device.secrets.id))
    for (const epoch of opened?.keys() ?? []) {
      count(run, 'opened epoch')
      if (!own.some((use) => since.get(epoch)! < readUntil(run, use)))
        faults.push(`7 C13: ${device.name} opens epoch ${epoch}, and the owner knows of no use`)
    }
    if (opened?.has(machine.control!.streams.get(rare)!.epoch) === true)
      faults.push(`7 C13: ${device.name} opens the newest epoch, and all that it opened is over`)
  }
}

/**
 * Until when the device of a use could be shown keys by it. Owners read of an early end first and the server hears of it next (decision 0072): until
 * then, while the grant is in force for an opening of another person's, it shows what comes.
 */
function readUntil({ emergency }: EmergencyRun, { state, grant, device, at, until }: EmergencyUse): number {
  if (state !== 'left') return until
  const taken = emergency.taken.find(
    (each) => each.grant === grant && each.from === at && idText(each.device.secrets.id) === device,
  )!
  return taken.closed ?? taken.until
}

/** When each epoch of a stream began. */
function epochTimes({ world }: EmergencyRun, stream: string): Map<number, number> {
  const times = new Map<number, number>()
  for (const { body } of world.laptop.machine.controlEntries) {
    const { epochs, time } = decodeAs(ControlBody, body)!
    for (const each of epochs) if (idText(each.stream) === stream) times.set(each.epoch, time)
  }
  return times
}

/** C4: what was opened is cut when the last opening has ended, by an owner's device, and not before. */
function checkCuts(run: EmergencyRun): void {
  const { emergency, world, faults } = run
  const { grants } = world.laptop.machine.control!
  for (const { grant, until, left, device } of emergency.taken) {
    const { cut } = grants.get(grant)!
    if (cut === null) faults.push(`C13: what ${device.name} opened stands, and its keys open what is written now`)
    else if (cut.reason === 'expired' && cut.time < until && left === undefined)
      faults.push(`C13: what ${device.name} opened was cut early`)
    count(run, `cut ${cut?.reason}`)
    if (left !== undefined && cut !== null && cut.time < until) count(run, 'cut when left')
  }
}

/** C10: at the first contact after the end none of it is left with whoever opened it. */
export function checkCopy(run: EmergencyRun, device: Device): void {
  if (openHere(run, run.emergency, device).length > 0) return
  const rare = idText(streamOf(run.world.laptop.machine, RARE))
  if (shown(device, RARE).length > 0) run.faults.push(`7 C13: ${device.name} keeps what it opened`)
  else if (device.machine.keys.streams.has(rare))
    run.faults.push(`7 C13: ${device.name} keeps the keys of what it opened`)
}
