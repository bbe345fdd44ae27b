/**
 * A device of the owner that seals what nobody can read (property 12): a broken version of the app. The server cannot tell, so it stores
 * and numbers it; every other device has to quarantine it and continue.
 */
import { pad, sealBody, sign } from '@chartkeep/crypto'
import { encodeCbor, utf8ToBytes } from '@chartkeep/crypto/encoding'
import { sha256 } from '@chartkeep/crypto/hash'
import { idText, ZERO_HASH } from '@chartkeep/protocol'
import { accountHead } from '@chartkeep/protocol/account'
import { controlHead } from '@chartkeep/protocol/control'
import { encodeHeader, envelopeHashOf, signBatch, type Header } from '@chartkeep/protocol/streams'
import { newestKey } from '@chartkeep/sync/testing'
import type { SimDevice, SimDeviceInput } from './sim-device.ts'
import type { SimRandom } from './sim-random.ts'
import type { SimServer } from './sim-server.ts'
import type { Poisoner, SimPart } from './sim-types.ts'

export const poison: SimPart = {
  fates: [
    {
      name: 'poison',
      weight: 5,
      may: ({ poisoner }, device) =>
        poisoner !== null && device.up && device.person.role === 'owner' && device.machine.control !== null,
      async befall(scenario, device) {
        if (await scenario.poisoner!.spoil(device, scenario.random)) scenario.count('poison')
      },
    },
  ],
}

export function createPoisoner(input: SimDeviceInput, server: SimServer, vault: Uint8Array): Poisoner {
  const { secrets, person } = input
  const chains = new Map<string, { seq: number; previous: Uint8Array; voids: number }>()
  const stored = new Set<string>()

  async function spoil(seen: SimDevice, random: SimRandom): Promise<boolean> {
    const { machine } = seen
    const open = [...machine.streams].filter(([id]) => machine.control!.streams.get(id)?.auditOf === null)
    const [id, state] = random.pick(open)
    const key = newestKey(machine, id)
    const head = server.storage().read.streamHead(vault, state.stream)
    if (key === null || head === null) return false
    const chain = chains.get(id) ?? { seq: 0, previous: ZERO_HASH, voids: 0 }
    const padded = pad(random.chance(0.5) ? utf8ToBytes('{"v":1}') : encodeCbor({ no: 'record' }))
    const header: Header = {
      vault,
      stream: state.stream,
      doc: random.bytes(16),
      revision: random.bytes(16),
      // For a record that is not there it is a conflict, else a new record.
      parent:
        random.chance(0.3) && machine.control!.streams.get(id)?.appendOnly === false ? random.bytes(32) : ZERO_HASH,
      merged: [],
      epoch: key.epoch,
      account: person.account,
      device: secrets.id,
      deviceSeq: chain.seq + 1,
      devicePrevious: chain.previous,
      control: controlHead(machine.control),
      accountLog: accountHead(machine.accounts.lookup(person.account)),
      streamHead: head,
      voids: chain.voids,
      deleted: false,
      paddedLength: padded.length,
    }
    const encoded = encodeHeader(header)
    const body = random.chance(0.5)
      ? random.bytes(padded.length + 72)
      : sealBody(key.key, encoded, padded, random.bytes(24))
    const hash = envelopeHashOf(encoded, sha256(body))
    const author = { vault, account: person.account, device: secrets.id }
    const [proof] = await signBatch([hash], author, (message) => sign(secrets.signing, message))
    const session = await server.session({ account: person.account, id: secrets.id, signing: secrets.signing })
    if ('type' in session) return false
    const answer = await server.core().push(session, vault, { envelopes: [{ header: encoded, body, proof: proof! }] })
    const result = 'type' in answer ? undefined : answer.results[0]
    if (result === undefined) return false
    const isVoid = result.outcome === 'void'
    chains.set(id, { seq: chain.seq + 1, previous: hash, voids: isVoid ? chain.voids + 1 : 0 })
    if (!isVoid) stored.add(`${idText(state.stream)}.${result.n}`)
    return true
  }
  return { spoil, stored }
}
