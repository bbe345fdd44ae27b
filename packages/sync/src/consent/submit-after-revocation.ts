/**
 * Submits work that no stream accepted before access ended (C10, C11): the sealed envelopes, until the server's signed receipt for them is
 * stored. Without a receipt nothing is dropped; refused envelopes stay, sealed.
 */
import { idText, MAX_BATCH } from '@chartkeep/protocol'
import { verifyLateReceipt, type LateAnswer } from '@chartkeep/protocol/ended'
import { decodeHeader, type Envelope } from '@chartkeep/protocol/streams'
import type { SyncRow } from '@chartkeep/store'
import type { VaultKeys } from '../vault/content-keys.ts'
import { firstOf, type PageSizes } from '../transport/adaptive-page-size.ts'
import { outboxOf, type OutboxPlace } from '../vault/outbox.ts'
import type { ServerApi, VaultRows } from '../ports/ports.ts'
import { sealUndelivered } from '../edit/vault-seal.ts'
import { exclusive, rowValue, TABLE, type VaultMachine } from '../vault/vault-state.ts'

/** The rows that hold waiting envelopes: of an open chart, or of a chart whose copy was removed. */
export interface SubmitPlace {
  vault: Uint8Array
  device: Uint8Array
  rows: VaultRows
  /** Opens the outbox of a chart that is still on this device. */
  keys: VaultKeys
  serverKey: () => Uint8Array | null
  pageSizes: PageSizes
}

export type SubmitOutcome =
  /** `refused`: why the server did not take the `left` envelopes; null if none is left. */
  { type: 'ok'; handed: number; left: number; refused: string | null } | { type: 'offline' }

interface Waiting extends Envelope {
  hash: Uint8Array
}

/** A stored envelope in its wire form, with its hash. */
type SealedRow = Envelope & { hash: Uint8Array }

/** Waiting envelopes without a receipt, each once, in the order of sealing. */
export function waitingToSubmit(place: OutboxPlace): Waiting[] {
  const { rows } = place
  const undelivered = [...rows.table(TABLE.undelivered).values()] as unknown as SealedRow[]
  const all = new Map([...undelivered, ...outboxOf(place)].map((each) => [idText(each.hash), each]))
  const open = [...all].filter(([hash]) => rows.get(TABLE.handed, hash) === undefined).map(([, each]) => each)
  return open
    .map(({ header, body, proof, hash }) => ({ header, body, proof, hash }))
    .toSorted((a, b) => (decodeHeader(a.header)?.deviceSeq ?? 0) - (decodeHeader(b.header)?.deviceSeq ?? 0))
}

/** C10: access has ended and the copy is still here: seals unsent work, then submits what the server takes now. */
export async function submitBeforePurge(machine: VaultMachine, server: ServerApi): Promise<void> {
  await exclusive(machine, async () => {
    while ((await sealUndelivered(machine)) > 0);
  })
  await submitLate({ ...machine, device: machine.device.id }, server)
}

/** Refusals that the server would repeat for every other envelope. */
const FOR_ALL = [
  'not-found',
  'too-late',
  'quota',
  'server-full',
  'unauthenticated',
  'refilling',
  'server-error',
  'server-key',
]
/** How many envelopes may be refused one by one before the rest waits for the next contact. */
const MAX_REFUSED = 32

/** Posts waiting envelopes in batches; each receipt and the envelopes that it releases are one durable entry. */
export async function submitLate(place: SubmitPlace, server: ServerApi): Promise<SubmitOutcome> {
  const { vault, pageSizes } = place
  const { up } = pageSizes
  const blocked = new Set<string>()
  let handed = 0
  let refused: string | null = null
  for (;;) {
    const waiting = waitingToSubmit(place)
    const left = waiting.filter(({ hash }) => !blocked.has(idText(hash)))
    if (left.length === 0 || blocked.size > MAX_REFUSED)
      return { type: 'ok', handed, left: waiting.length, refused: waiting.length === 0 ? null : refused }
    const batch = firstOf(left.slice(0, MAX_BATCH), up.bytes, sizeOf)
    const envelopes = batch.map(({ header, body, proof }) => ({ header, body, proof }))
    const bytes = batch.reduce((sum, each) => sum + sizeOf(each), 0)
    const answer = await up.carry(bytes, () => server.submitLate(vault, envelopes))
    if (answer.type === 'offline') return answer
    if (answer.type !== 'ok') return { type: 'ok', handed, left: waiting.length, refused: answer.error }
    const { taken, refused: next } = answer.value
    if (!(await isReceipt(place, batch, answer.value)))
      return { type: 'ok', handed, left: waiting.length, refused: 'wrong-answer' }
    await keepReceipt(place, answer.value)
    handed += taken.length
    if (next === null) continue
    refused = next
    if (FOR_ALL.includes(next)) return { type: 'ok', handed, left: waiting.length - taken.length, refused }
    blocked.add(idText(batch[taken.length]!.hash))
  }
}

/** Includes the proof. */
function sizeOf({ header, body }: Waiting): number {
  return header.length + body.length + 512
}

/**
 * Whether the receipt holds: the server's signature over the first envelopes of the batch, in order; a partial batch must come with a
 * refusal, a whole batch without one.
 */
async function isReceipt({ vault, device, serverKey }: SubmitPlace, batch: Waiting[], answer: LateAnswer) {
  const { taken, refused } = answer
  const key = serverKey()
  const isPrefix = taken.every((hash, at) => batch[at] !== undefined && idText(batch[at].hash) === idText(hash))
  if (key === null || !isPrefix || (refused === null) !== (taken.length === batch.length)) return false
  return verifyLateReceipt(answer, key, { vault, device })
}

async function keepReceipt({ rows }: SubmitPlace, answer: LateAnswer): Promise<void> {
  if (answer.taken.length === 0) return
  const receipt = idText(answer.taken[0]!)
  const sync: SyncRow[] = [{ table: TABLE.receipt, key: receipt, value: rowValue(answer) }]
  for (const hash of answer.taken.map(idText)) {
    sync.push({ table: TABLE.handed, key: hash, value: receipt })
    if (rows.get(TABLE.undelivered, hash) !== undefined) sync.push({ table: TABLE.undelivered, key: hash, value: null })
  }
  await rows.commit({ sync, durability: 'strict' })
}
