/**
 * Many messages sealed to one public key after one X25519 exchange (A2). The key of each message is derived from a chain that only goes
 * forward, and the sealing side keeps nothing but the chain's newest link: what it has sealed it cannot open again. An exchange costs
 * milliseconds in tweetnacl, a link two hashes. Who sealed is proved elsewhere; a chain lives in memory only.
 */
import { generateBoxKeyPair, type BoxKeyPair } from './box.ts'
import { concatBytes, uint32ToBytes } from './bytes.ts'
import { sharedKey } from './exchange.ts'
import { randomBytes as systemRandom, type RandomBytes } from './random.ts'
import { boxBehind, openBox } from './secretbox.ts'
import { taggedHash } from './sha2.ts'

const KEY_LENGTH = 32
const TAG_LENGTH = 16
const PLACE_LENGTH = KEY_LENGTH + 4
/** Each key seals one message, so one nonce serves all. */
const NONCE = new Uint8Array(24)

/** Messages of one chain at most: opening the last one needs as many hashes. */
export const MAX_CHAIN = 4096

/** The sealing side of a chain. */
export interface BoxChain {
  /** How many messages it has sealed. */
  readonly length: number
  /** ephemeralPublic (32 bytes) || u32 place in the chain || box (plaintext length + 16). Throws after {@link MAX_CHAIN} messages. */
  seal(plaintext: Uint8Array): Uint8Array
}

/** Starts a chain to `recipientPublic`. Throws a RangeError for a key that `isSoundBoxKey` refuses. */
export function startBoxChain(recipientPublic: Uint8Array, randomBytes: RandomBytes = systemRandom): BoxChain {
  const ephemeral = generateBoxKeyPair(randomBytes)
  const key = recipientPublic.length === KEY_LENGTH ? sharedKey(ephemeral.secretKey, recipientPublic) : null
  if (key === null) throw new RangeError('not a public key that a box can be sealed to')
  let link = firstLink(key, ephemeral.publicKey, recipientPublic)
  ephemeral.secretKey.fill(0)
  let length = 0
  return {
    get length() {
      return length
    },
    seal(plaintext) {
      if (length >= MAX_CHAIN) throw new RangeError('this chain is at its end')
      const sealed = boxBehind(
        concatBytes(ephemeral.publicKey, uint32ToBytes(length)),
        plaintext,
        NONCE,
        messageKey(link),
      )
      const next = nextLink(link)
      link.fill(0)
      link = next
      length++
      return sealed
    },
  }
}

/** The opening side: messages of any chain to `pair`, quickest in their order. `null` for what was changed or is for another key. */
export function createChainOpener(pair: BoxKeyPair): (sealed: Uint8Array) => Uint8Array | null {
  let known: { ephemeral: string; first: Uint8Array; place: number; link: Uint8Array } | null = null
  return (sealed) => {
    if (sealed.length < PLACE_LENGTH + TAG_LENGTH) return null
    const ephemeral = sealed.subarray(0, KEY_LENGTH)
    const place = new DataView(sealed.buffer, sealed.byteOffset).getUint32(KEY_LENGTH)
    if (place >= MAX_CHAIN) return null
    const name = String(ephemeral)
    if (known?.ephemeral !== name) {
      // A point without a shared secret would give everybody the same chain.
      const key = sharedKey(pair.secretKey, ephemeral)
      if (key === null) return null
      const first = firstLink(key, ephemeral, pair.publicKey)
      known = { ephemeral: name, first, place: 0, link: first }
    }
    if (place < known.place) known = { ...known, place: 0, link: known.first }
    while (known.place < place) known = { ...known, place: known.place + 1, link: nextLink(known.link) }
    return openBox(sealed.subarray(PLACE_LENGTH), NONCE, messageKey(known.link))
  }
}

function firstLink(shared: Uint8Array, ephemeral: Uint8Array, recipient: Uint8Array): Uint8Array {
  return taggedHash('box-chain-start', shared, ephemeral, recipient)
}

function messageKey(link: Uint8Array): Uint8Array {
  return taggedHash('box-chain-message', link)
}

function nextLink(link: Uint8Array): Uint8Array {
  return taggedHash('box-chain-next', link)
}
