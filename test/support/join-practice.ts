/** How a further member comes into a practice with their first device, as both people do it. */
import type { PracticeRole } from '@chartkeep/domain'
import type { Session } from '@chartkeep/sync'
import { expect } from 'vitest'
import type { DeviceWorld } from './device-world.ts'
import type { NodeDevice } from './node-device.ts'

/** A new member's first device, admitted by whoever administers the practice at `session`. */
export async function joinPractice(
  world: DeviceWorld,
  session: Session,
  name: string,
  roles: PracticeRole[],
  device: NodeDevice = world.device(name),
): Promise<Session> {
  const asked = await device.accountManager.pair(world.asked())
  if (asked.type !== 'pairing') throw new Error(asked.type)
  const answer = await session.practice!.addMember(asked.device.code, { name, roles })
  if (answer.type !== 'pairing') throw new Error(JSON.stringify(answer))
  const shown = await asked.device.answered()
  const compared = await answer.addition.revealed()
  if (shown.type !== 'compare' || compared.type !== 'compare') throw new Error('nothing to compare')
  expect(shown.digits).toBe(compared.digits)
  expect(await answer.addition.confirm()).toEqual({ type: 'added' })
  const entered = world.unlocked(await asked.device.confirm())
  await entered.syncNow()
  return entered
}
