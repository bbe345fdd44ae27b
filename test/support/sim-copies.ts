/**
 * F3: a device's disks are restored from an older copy, or a second machine continues with what was on them. Whoever meets an envelope beyond its
 * memory continues as a new device of its account (SimDevice.goOn), and signs nothing more under the id that the other one has.
 */
import { sha256 } from '@chartkeep/crypto/hash'
import { idText } from '@chartkeep/protocol'
import { decodeHeader, envelopeHashOf, type Envelope } from '@chartkeep/protocol/streams'
import { TABLE } from '@chartkeep/sync/testing'
import type { SimDevice } from './sim-device.ts'
import type { Fate, Scenario, SimPart } from './sim-types.ts'

/** Rows on real disks are not restored here; see test/integration/sync/copied-device.test.ts. Who leaves the account is another story. */
const mayBeCopied = ({ world, leaving, removed }: Scenario, device: SimDevice) =>
  world.base !== null && device !== leaving && device !== removed

/** Mostly not long ago. */
function drawMoment({ random }: Scenario, { begun, commits }: SimDevice): number {
  const first = random.chance(0.8) ? begun : 1
  return first + random.int(Math.max(1, commits + 1 - first))
}

function putBack(scenario: Scenario, device: SimDevice): void {
  const at = drawMoment(scenario, device)
  scenario.say(`${device.name} is put back by ${device.commits + 1 - at} commits`)
  scenario.count('put back')
  device.putBack(at)
}

async function copy(scenario: Scenario, device: SimDevice): Promise<void> {
  const at = scenario.random.chance(0.5) ? device.commits + 1 : drawMoment(scenario, device)
  const second = device.copy(`copy ${scenario.devices.length}`, at)
  scenario.say(`${second.name} goes on with what ${device.name} had`)
  scenario.count('copy')
  scenario.devices.push(second)
  if (second.person.role === 'owner') scenario.owners.push(second)
  scenario.watch(second)
  await second.start()
}

/** A scenario with one device more takes longer. */
const MOST_DEVICES = 6

/** `copied`: of all these, how many are copies. */
function fateOf(weight: number, copied: number): Fate {
  return {
    name: 'a device is put back or copied',
    weight,
    may: mayBeCopied,
    befall: (scenario, device) =>
      scenario.random.chance(copied) && scenario.devices.length < MOST_DEVICES
        ? copy(scenario, device)
        : putBack(scenario, device),
  }
}

/** Much of it: for scenarios that are about nothing else. */
export const manyCopies: readonly Fate[] = [fateOf(14, 0.4)]

const ownSeq = ({ machine }: SimDevice, stream: string) =>
  (machine.rows.get(TABLE.deviceSequence, stream) as { seq: number } | undefined)?.seq ?? 0

const judged = new WeakSet<Envelope[]>()

export const copies: SimPart = {
  fates: [fateOf(1, 0.3)],
  answered({ faults }, device, call, args) {
    if (call !== 'push') return
    const [, envelopes] = args as [Uint8Array, Envelope[]]
    // The network may bring a push again, when its device knows more or is down.
    const isAgain = judged.has(envelopes)
    judged.add(envelopes)
    if (isAgain || !device.isCopied) return
    for (const { header, body } of envelopes) {
      const { stream, device: author, deviceSeq } = decodeHeader(header)!
      const read = device.machine.streams.get(idText(stream))
      const isRead = read?.envelopes.has(idText(envelopeHashOf(header, sha256(body)))) === true
      const known = read?.devices.get(idText(author))?.seq ?? 0
      if (!isRead && known >= deviceSeq)
        faults.push(`F3: ${device.name} signs under an id that it has seen another use`)
    }
  },
  check({ devices, faults, count, removed }) {
    for (const device of devices) {
      for (let again = device.timesNew; again > 0; again--) count('new id')
      if (!device.isCopied || device.person.role !== 'owner' || device === removed) continue
      for (const [stream, { devices: authors }] of device.machine.streams)
        if ((authors.get(device.id)?.seq ?? 0) !== ownSeq(device, stream))
          faults.push(`F3: ${device.name} goes on under an id that another one has used`)
    }
  },
}
