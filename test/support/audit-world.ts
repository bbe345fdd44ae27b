/** The ground of the attacks on the audit tree: the attack world, with an access log, and each device's audit routes. */
import { readAccessLeaf, type AccessEntry, type AuditLeaf } from '@chartkeep/protocol/audit'
import { accessRows, auditCheck, bringAccessLog, syncAudit, type AuditOutcome } from '@chartkeep/sync/testing'
import { createAttackWorld, type AttackWorld, type Device } from './attack-world.ts'
import { hostileAudit, type HostileAudit } from './hostile-audit.ts'
import { settle } from './server-world.ts'

export interface AuditDevice {
  device: Device
  audit: HostileAudit
  /** One pass of the loop: streams first, then the tree. */
  sync(): Promise<AuditOutcome>
}

export interface AuditWorld extends AttackWorld {
  own: AuditDevice
  other: AuditDevice
  auditDevice(device: Device): AuditDevice
  /** The leaves as the server has them. */
  leaves(): Promise<AuditLeaf[]>
}

export async function createAuditWorld(): Promise<AuditWorld> {
  const world = await createAttackWorld()
  const auditDevice = (device: Device): AuditDevice => {
    const audit = hostileAudit(() => world.core, device.person.account, device.secrets)
    return {
      device,
      audit,
      async sync() {
        const synced = await device.sync()
        if (synced.type !== 'synced') throw new Error(JSON.stringify(synced))
        await settle()
        const outcome = await syncAudit(device.machine, audit)
        const fault = faultOf(device)
        if (fault !== null) audit.detected(fault)
        return outcome
      },
    }
  }
  await bringAccessLog(world.laptop.machine, world.laptop.server)
  const own = auditDevice(world.laptop)
  const other = auditDevice(world.phone)
  const base = Object.getOwnPropertyDescriptors(world)
  return Object.defineProperties({} as AuditWorld, {
    ...base,
    own: { value: own },
    other: { value: other },
    auditDevice: { value: auditDevice },
    leaves: {
      value: async () => {
        await settle()
        const answer = await hostileAudit(() => world.core, world.owner.account, world.owner.first).audit(world.vault, {
          known: 0,
          after: 0,
          newest: 5000,
        })
        if (answer.type !== 'ok') throw new Error(answer.type)
        return answer.value.leaves
      },
    },
  })
}

/** The notes of the server as the device has opened them, oldest first; null for one that it cannot read. */
export function notes(device: Device): (AccessEntry | null)[] {
  return accessRows(device.machine).map(({ data }) => (data === null ? null : readAccessLeaf(data)))
}

export function faultOf(device: Device): string | null {
  const fault = auditCheck(device.machine)?.fault
  return fault == null ? null : `${fault.fault} ${fault.what}`
}
