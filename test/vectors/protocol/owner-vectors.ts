/** Vectors of the entries about owners (C2, K5) and of a grant from now on (C3) for generate.ts: one log that holds each of them. */
import { decodeAs, encodeMessage, idText, READ } from '@chartkeep/protocol'
import { accountHead } from '@chartkeep/protocol/account'
import { ControlBody, partHash, type Member } from '@chartkeep/protocol/control'
import { entryHash } from '@chartkeep/protocol/signed'
import { bareEntry, emptyStream, stepBare, streamHead } from '@chartkeep/protocol/streams'
import { addDevice, createPerson, removeDevice, type Person } from '../../support/protocol-people.ts'
import {
  addOwner,
  createVault,
  cutParts,
  epochOf,
  extendVault,
  freshEpochs,
  grantParts,
  ownerParts,
  signAs,
  type Vault,
} from '../../support/protocol-vault.ts'

const member = (op: Member['op'], other: Person): Member => ({
  op,
  account: other.state.account,
  role: null,
  accountLog: null,
})

/** Three entries of a stream as hashes alone, and where they lead. */
function bareRun(vault: Vault) {
  const stream = vault.streams[0]!
  const state = emptyStream(vault.id, stream, 3)
  const outcomes = ['current', 'void', 'conflict'] as const
  const entries = outcomes.map((outcome, i) => bareEntry(i + 1, outcome, new Uint8Array(32).fill(i + 1)))
  for (const entry of entries) stepBare(state, entry)
  return { entries: entries.map((entry) => encodeMessage(entry)), head: streamHead(state) }
}

export async function ownerVectors() {
  const [owner, jun, doctor] = [
    await createPerson('vectors.owners'),
    await createPerson('vectors.jun'),
    await createPerson('vectors.now'),
  ]
  const lost = await addDevice(jun)
  const vault = await createVault(owner, 1)
  await addOwner(vault, jun, 'manager')
  await removeDevice(jun, lost.id)
  const streams = () => [...vault.state.streams.values()].map(({ id }) => id)
  const removed = cutParts(
    vault,
    { account: jun.state.account, device: lost.id, reason: 'device-removed' },
    streams(),
  )
  const subject = accountHead(jun.state)
  await extendVault(vault, await signAs(vault, owner, { ...removed.body, subject }, removed.parts), removed.keys)

  const start = bareRun(vault)
  const keys = freshEpochs(vault, vault.streams)
  const now = grantParts(vault, { grantee: doctor, scopes: [{ stream: vault.streams[0]!, rights: READ }] }, (open) => ({
    ...open,
    streams: open.streams.map((each) =>
      idText(each.stream) === idText(vault.streams[0]!) ? { ...each, from: start.head } : each,
    ),
  }))
  const parts = [now.parts[0]!, ...ownerParts(vault, [now.audit, ...keys])]
  const epochs = [...now.body.epochs!, ...keys.map(epochOf)]
  vault.people.push(doctor)
  await extendVault(vault, await signAs(vault, owner, { ...now.body, epochs }, parts), [now.audit, ...keys])

  await extendVault(vault, await signAs(vault, owner, { type: 'manager', member: member('offer', jun) }))
  const ended = cutParts(vault, { account: owner.state.account, reason: 'member-removed' }, streams())
  const body = { ...ended.body, type: 'manager' as const, member: member('take-over', owner) }
  await extendVault(vault, await signAs(vault, jun, body, ownerParts(vault, ended.keys, owner)), ended.keys)

  return {
    vault: vault.id,
    people: [owner, jun].map(({ state, device }) => ({ account: state.account, device: device.id, sign: device.signing.publicKey })),
    entries: vault.entries.map((entry) => ({
      type: decodeAs(ControlBody, entry.body)!.type,
      body: entry.body,
      signature: entry.signature,
      hash: entryHash('control-entry', entry.body),
      opens: entry.parts.map(({ open }) => open!),
      parts: entry.parts.map(partHash),
    })),
    stream: vault.streams[0]!,
    bare: start,
  }
}
