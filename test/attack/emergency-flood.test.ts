/** A practice that floods the server with requests for emergency access (C13): what it stores is charged to the grant by which it asks (S8). */
import { idText } from '@chartkeep/protocol'
import type { EmergencyReceipt } from '@chartkeep/protocol/emergency'
import type { ServerSession } from '@chartkeep/sync-server/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { allowEmergency, emergencyRequest, giveAccessLog } from '../support/protocol-emergency.ts'
import { createPerson, type Device, type Person } from '../support/protocol-people.ts'
import { addMember, createPractice, type Practice } from '../support/protocol-practice.ts'
import { createVault, cutGrant, type Vault } from '../support/protocol-vault.ts'
import {
  accepted,
  answerChallenge,
  createServerWorld,
  errorOf,
  postNewest,
  type ServerWorld,
} from '../support/server-world.ts'

/** As many requests as a grant has room for here, each of up to 900 bytes. */
const ROOM = 4

let world: ServerWorld
let practice: Practice
let patient: Person
let home: ServerSession
let nurses: [ServerSession, Device][]

async function signIn(person: Person, device: Device): Promise<ServerSession> {
  const { core } = world
  const { token } = accepted(await core.signIn(await answerChallenge(core.challenge(), person.state.account, device)))
  return (await core.session(token))!
}

beforeAll(async () => {
  world = createServerWorld({ limits: { grantEntries: ROOM, grantBytes: 3000 } })
  practice = await createPractice('flooding')
  const seats = [await addMember(practice, 'nurse'), await addMember(practice, 'nurse')]
  patient = await createPerson('flooded')
  for (const person of [practice, patient]) accepted(await world.core.register({ entry: person.entries[0]! }))
  const boss = await signIn(practice, practice.device)
  for (const entry of practice.entries.slice(1))
    accepted(await world.core.postAccount(boss, practice.state.account, { entry }))
  const devices = seats.map(({ devices: [device] }) => device!)
  nurses = await Promise.all(
    devices.map(async (device): Promise<[ServerSession, Device]> => [await signIn(practice, device), device]),
  )
  home = await signIn(patient, patient.device)
})
afterAll(() => world.close())

/** A chart that nurses may open in an emergency, by grants of the same kind. */
async function allowed(): Promise<{ vault: Vault; grant: Uint8Array; other: Uint8Array }> {
  const vault = await createVault(patient, 1)
  await giveAccessLog(vault)
  const now = world.time.now()
  const window = { notBefore: now - 1000, notAfter: now + 1e9 }
  const { grant } = await allowEmergency(vault, { grantee: practice, role: 'nurse', ...window })
  const { grant: other } = await allowEmergency(vault, { grantee: practice, role: 'nurse', ...window })
  accepted(await world.core.postControl(home, vault.id, { entries: vault.entries }))
  return { vault, grant, other }
}

/** Requests of all nurses by turns, each with words of its own; how many were taken, and what all others were told. */
async function flood(vault: Vault, grant: Uint8Array, size: number, count: number) {
  const taken: EmergencyReceipt[] = []
  const refused = new Set<string>()
  for (let time = 1; time <= count; time++) {
    const [session, device] = nurses[time % nurses.length]!
    const change = { time, reason: new Uint8Array(size).fill(time) }
    const answer = await world.core.openEmergency(
      session,
      vault.id,
      await emergencyRequest(vault, grant, practice, device, change),
    )
    const error = errorOf(answer)
    if (error === null) taken.push(accepted(answer) as EmergencyReceipt)
    else refused.add(error)
  }
  return { taken, refused: [...refused] }
}

test('S8, C13: requests are charged to their grant, by number and by size, from all devices of a practice together; no other grant, no owner and no cut pays for a flood', async () => {
  const { core, storage } = world
  const { vault, grant, other } = await allowed()
  const ofPatient = storage.read.bytesOf(patient.state.account)
  const ofPractice = storage.read.bytesOf(practice.state.account)
  const small = await flood(vault, grant, 300, 12)
  expect(small).toMatchObject({ refused: ['quota'] })
  expect(small.taken).toHaveLength(ROOM)
  expect(storage.read.entriesOf(grant)).toBe(ROOM)

  const large = await flood(vault, other, 2000, 6)
  expect(large).toMatchObject({ refused: ['quota'] })
  expect(large.taken).toHaveLength(1)
  expect(storage.read.bytesOf(other)).toBeGreaterThan(2000)
  expect(storage.read.bytesOf(other)).toBeLessThanOrEqual(3000)
  expect(storage.read.bytesOf(patient.state.account)).toBe(ofPatient)
  expect(storage.read.bytesOf(practice.state.account)).toBe(ofPractice)

  const { items } = accepted(await core.emergencies(home, vault.id, 0))
  const kept = [...small.taken, ...large.taken].map(({ request }) => idText(request))
  expect(items.map(({ receipt }) => idText(receipt.request))).toEqual(kept)
  // What was taken is answered again and costs nothing; another chart opens, and the owner can stop it all.
  const [session] = nurses[1]!
  const first = items[0]!
  expect(accepted(await core.openEmergency(session, vault.id, first.request))).toEqual(first.receipt)
  expect(storage.read.entriesOf(grant)).toBe(ROOM)
  const second = await allowed()
  expect((await flood(second.vault, second.grant, 300, 1)).taken).toHaveLength(1)
  await cutGrant(vault, grant, new Map(), [{ person: practice, role: 'nurse', grant: other }])
  await postNewest(core, home, vault)
  expect((await flood(vault, grant, 300, 1)).refused).toEqual(['not-found'])
})
