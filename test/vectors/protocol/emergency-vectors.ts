/** Vectors of emergency access (C13): the open half of a grant, a request with its reason, and the server's receipt. */
import { generateSigningKeyPair, sign } from '@chartkeep/crypto'
import { decodeAs, encodeMessage } from '@chartkeep/protocol'
import { EmergencyRequestBody, emergencyReceiptMessage, emergencyRequestHash, emergencyRequestMessage, reasonContext } from '@chartkeep/protocol/emergency'
import { allowEmergency, EMERGENCY, emergencyRequest, giveAccessLog } from '../../support/protocol-emergency.ts'
import { createPerson } from '../../support/protocol-people.ts'
import { createVault } from '../../support/protocol-vault.ts'
import { seededBytes } from '../../support/seeded-bytes.ts'

export async function emergencyVectors() {
  const owner = await createPerson('vectors.emergency.owner')
  const doctor = await createPerson('vectors.emergency.doctor')
  const vault = await createVault(owner, 1)
  await giveAccessLog(vault)
  const { grant } = await allowEmergency(vault, { grantee: doctor })
  const { id: device, signing } = doctor.device
  const place = { vault: vault.id, grant, account: doctor.state.account, device }
  const signer = { member: seededBytes('vectors.emergency.member')(16), name: 'Nurse Ng', salt: new Uint8Array(16).fill(1) }
  const reason = { context: reasonContext(place), text: 'Found unconscious', signer }
  const request = await emergencyRequest(vault, grant, doctor, doctor.device)
  const server = generateSigningKeyPair(seededBytes('vectors.emergency.server'))
  const hash = emergencyRequestHash(request.body)
  const times = { request: hash, from: 1_800_000_000_000, until: 1_800_000_000_000 + EMERGENCY.duration }
  const message = emergencyReceiptMessage(place, times)
  return {
    emergency: EMERGENCY,
    open: vault.entries.at(-1)!.parts[0]!.open!,
    request: {
      fields: decodeAs(EmergencyRequestBody, request.body)!,
      ...request,
      signingKey: signing.publicKey,
      message: emergencyRequestMessage(request.body),
      hash,
    },
    reason: { fields: reason, plaintext: encodeMessage(reason) },
    receipt: { ...times, message, signature: await sign(server, message), signingKey: server.publicKey },
  }
}
