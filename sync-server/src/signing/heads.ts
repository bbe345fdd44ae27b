/** Heads signed by the server's key (S6). A signature is kept for a moment: many pulls ask for one head. */
import { sign, type SigningKeyPair } from '@chartkeep/crypto/server'
import { headMessage, idText, type Head, type SignedHead } from '@chartkeep/protocol'
import type { Clock } from '../time/ports.ts'

/** How old the time in a signed head may be (C10: devices read the server's time from it). */
const MAX_AGE_MS = 1000
const MAX_KEPT = 4096

export type HeadSigner = (kind: SignedHead['kind'], id: Uint8Array, head: Head) => Promise<SignedHead>

/** `onSigned` is told the time of each new signature. */
export function createHeadSigner(
  signingKey: SigningKeyPair,
  clock: Clock,
  onSigned: (time: number) => void = () => {},
): HeadSigner {
  const kept = new Map<string, { time: number; signed: Promise<SignedHead> }>()
  return (kind, id, { n, h }) => {
    const name = `${kind}.${idText(id)}.${idText(h)}.${n}`
    const time = clock.now()
    const known = kept.get(name)
    if (known !== undefined && time >= known.time && time - known.time <= MAX_AGE_MS) return known.signed
    const head = { kind, id, n, h, time }
    const signed = sign(signingKey, headMessage(head)).then((signature) => ({ ...head, signature }))
    onSigned(time)
    kept.delete(name)
    kept.set(name, { time, signed })
    if (kept.size > MAX_KEPT) kept.delete(kept.keys().next().value!)
    return signed
  }
}
