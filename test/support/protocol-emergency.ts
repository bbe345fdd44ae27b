/** Grants for emergencies and requests for them (C13), as an owner's and a grantee's device write them; written here once more, apart from packages/sync. */
import { generateBoxKeyPair, sign } from '@chartkeep/crypto'
import { encodeMessage, READ } from '@chartkeep/protocol'
import { accountHead } from '@chartkeep/protocol/account'
import { accessLogId } from '@chartkeep/protocol/audit'
import { controlHead, type PartOpen } from '@chartkeep/protocol/control'
import {
  emergencyEndMessage,
  emergencyRequestMessage,
  type EmergencyEnd,
  type EmergencyEndBody,
  type EmergencyRequest,
  type EmergencyRequestBody,
} from '@chartkeep/protocol/emergency'
import { createPerson, type Device, type Person } from './protocol-people.ts'
import { addMember, createPractice, type Practice, type Seat } from './protocol-practice.ts'
import {
  controlBody,
  createVault,
  extendVault,
  grantParts,
  ownerParts,
  signControlBody,
  streamOf,
  type GrantFields,
  type Vault,
} from './protocol-vault.ts'

export const HOUR = 3_600_000
export const EMERGENCY = { duration: 24 * HOUR, label: new Uint8Array(300).fill(7) }

/** The parts and body of a grant for emergencies over the vault's head, of all its lists; its open half may be changed. */
export function emergencyParts(
  vault: Vault,
  fields: Partial<GrantFields> & Pick<GrantFields, 'grantee'>,
  change: (open: PartOpen) => PartOpen = (open) => open,
) {
  const scopes = vault.streams.map((stream) => ({ stream, rights: READ }))
  const whole = { scopes, notAfter: vault.time + 500 * HOUR, ...fields }
  return grantParts(vault, whole, (open) => change({ ...open, emergency: EMERGENCY }))
}

/** Makes the grant; answers its id and its audit stream. */
export async function allowEmergency(
  vault: Vault,
  fields: Partial<GrantFields> & Pick<GrantFields, 'grantee'>,
): Promise<{ grant: Uint8Array; audit: Uint8Array }> {
  const { grant, audit, body, parts } = emergencyParts(vault, fields)
  if (!vault.people.includes(fields.grantee)) vault.people.push(fields.grantee)
  const entry = await signControlBody(controlBody(vault, body, parts), vault.owner.device, parts)
  await extendVault(vault, entry, [audit])
  return { grant, audit: audit.stream }
}

export interface EmergencyGround {
  owner: Person
  /** A person whom the vault's log knows, and who has no grant. */
  other: Person
  practice: Practice
  nurse: Seat
  clerk: Seat
  vault: Vault
  /** To the nurses of the practice, of both lists. */
  grant: Uint8Array
}

/** A vault that nurses of a practice may open in an emergency; `name` makes its people others than those of the next one. */
export async function emergencyGround(name: string): Promise<EmergencyGround> {
  const owner = await createPerson(`${name}.owner`)
  const other = await createPerson(`${name}.other`)
  const practice = await createPractice(`${name}.practice`)
  const nurse = await addMember(practice, 'nurse')
  const clerk = await addMember(practice, 'scribe')
  const vault = await createVault(owner, 2)
  vault.people.push(practice, other)
  await giveAccessLog(vault)
  const { grant } = await allowEmergency(vault, { grantee: practice, role: 'nurse' })
  return { owner, other, practice, nurse, clerk, vault, grant }
}

/** Gives a vault its access log: the key id of its epoch is the box key to which a reason goes. */
export async function giveAccessLog(vault: Vault): Promise<void> {
  const { owner } = vault
  const { publicKey } = generateBoxKeyPair(owner.random)
  const stream = accessLogId(vault.id)
  const key = { stream, epoch: 1, key: owner.random(32), name: 'access-log' }
  const parts = ownerParts(vault, [key])
  const epochs = [{ stream, epoch: 1, keyId: publicKey }]
  const body = controlBody(vault, { type: 'stream', streams: [streamOf(key, owner, true)], epochs }, parts)
  await extendVault(vault, await signControlBody(body, owner.device, parts))
}

/** What a device of the person says of a grant begins with, over the current heads. */
const statement = (vault: Vault, grant: Uint8Array, { state }: Person, { id: device }: Device) => ({
  v: 1 as const,
  vault: vault.id,
  grant,
  account: state.account,
  device,
  accountLog: accountHead(state),
  control: controlHead(vault.state),
  time: 5,
})

/** A request by a device of the person for a grant, over the current heads; any field of it may be changed. */
export async function emergencyRequest(
  vault: Vault,
  grant: Uint8Array,
  person: Person,
  device: Device,
  change: Partial<EmergencyRequestBody> = {},
): Promise<EmergencyRequest> {
  const body = encodeMessage({
    ...statement(vault, grant, person, device),
    epoch: 1,
    reason: new Uint8Array(300).fill(3),
    ...change,
  } satisfies EmergencyRequestBody)
  return { body, signature: await sign(device.signing, emergencyRequestMessage(body)) }
}

/** The end of what a device opened by a grant up to `from`, over the current heads; any field of it may be changed. */
export async function emergencyEnd(
  vault: Vault,
  grant: Uint8Array,
  person: Person,
  device: Device,
  change: Partial<EmergencyEndBody> & Pick<EmergencyEndBody, 'from'>,
): Promise<EmergencyEnd> {
  const body = encodeMessage({
    ...statement(vault, grant, person, device),
    ...change,
  } satisfies EmergencyEndBody)
  return { body, signature: await sign(device.signing, emergencyEndMessage(body)) }
}
