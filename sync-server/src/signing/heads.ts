/**
 * Signs stream and log heads with the server's key (S6). Signatures are cached briefly, because many pulls ask for the
 * same head.
 */
import { sign, type SigningKeyPair } from '@chartkeep/crypto/server'
import { idText, type Head } from '@chartkeep/protocol'
import { headMessage, type SignedHead } from '@chartkeep/protocol/streams'
import type { Clock } from '../time/ports.ts'

/** The maximum age of the time in a signed head; devices read the server's time from it (C10). */
const MAX_AGE_MS = 1000
const MAX_KEPT = 4096

export type HeadSigner = (kind: SignedHead['kind'], id: Uint8Array, head: Head) => Promise<SignedHead>

/** `onSigned` receives the time of each new signature. */
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
