/** What the Chromium test of the cryptography calls inside the page. Bundled; runs in the browser only. Bytes travel as hex. */
import * as crypto from '@chartkeep/crypto'
import { bytesToHex, equalBytes, hexToBytes } from '@chartkeep/crypto/encoding'
import { merkleRoot } from '@chartkeep/crypto/hash'
import { verify, verifyWith, type VerifyEngine } from '@chartkeep/crypto/verify'
import nacl from 'tweetnacl'

/** A signature to judge. */
export interface Question {
  publicKey: string
  message: string
  signature: string
}

/** Inputs of the frozen formats, test/vectors/chartkeep-crypto. */
export interface FrozenInputs {
  signature: { seed: string; message: string }
  body: { contentKey: string; header: string; nonce: string; text: string }
  sealedBox: { recipientPublic: string; ephemeralSecret: string; text: string }
  secretbox: { key: string; nonce: string; text: string }
  recovery: { code: string }
  chunk: { fileKey: string; index: number; total: number; text: string }
  passphrase: { passphrase: string; salt: string; memoryKiB: number; passes: number; lanes: number }
  merkle: { leaves: string[] }
}

function bytes(hex: string): Uint8Array {
  return hexToBytes(hex)!
}

async function bareVerdict(engine: VerifyEngine, { publicKey, message, signature }: Question): Promise<boolean> {
  try {
    if (engine === 'tweetnacl') return nacl.sign.detached.verify(bytes(message), bytes(signature), bytes(publicKey))
    const { subtle } = globalThis.crypto
    const key = await subtle.importKey('raw', bytes(publicKey) as BufferSource, 'Ed25519', false, ['verify'])
    return await subtle.verify('Ed25519', key, bytes(signature) as BufferSource, bytes(message) as BufferSource)
  } catch {
    return false
  }
}

async function verdicts(engine: VerifyEngine, mode: 'alone' | 'strict', questions: Question[]): Promise<boolean[]> {
  const answers: boolean[] = []
  for (const question of questions) {
    const { publicKey, message, signature } = question
    answers.push(
      mode === 'alone'
        ? await bareVerdict(engine, question)
        : await verifyWith(engine, bytes(publicKey), bytes(message), bytes(signature)),
    )
  }
  return answers
}

async function frozen(inputs: FrozenInputs) {
  const { signature, body, sealedBox, secretbox, recovery, chunk, passphrase, merkle } = inputs
  const pair = crypto.signingKeyPairFromSeed(bytes(signature.seed))
  const keys = crypto.recoveryKeys(crypto.parseRecoveryCode(recovery.code)!)
  const hex = bytesToHex
  return {
    signature: hex(await crypto.sign(pair, bytes(signature.message))),
    body: hex(
      crypto.sealBody(bytes(body.contentKey), bytes(body.header), crypto.pad(bytes(body.text)), bytes(body.nonce)),
    ),
    sealedBox: hex(
      crypto.sealToPublicKey(bytes(sealedBox.recipientPublic), bytes(sealedBox.text), () =>
        bytes(sealedBox.ephemeralSecret),
      ),
    ),
    secretbox: hex(crypto.seal(bytes(secretbox.text), bytes(secretbox.key), () => bytes(secretbox.nonce))),
    recovery: [keys.signing.publicKey, keys.box.publicKey, keys.lookupId].map(hex),
    chunk: hex(await crypto.sealChunk(bytes(chunk.fileKey), chunk.index, chunk.total, bytes(chunk.text))),
    passphrase: hex(await crypto.derivePassphraseKey(passphrase.passphrase, bytes(passphrase.salt), passphrase)),
    merkle: hex(merkleRoot(merkle.leaves.map(bytes))),
  }
}

async function chunkRoundTrip(): Promise<{ opened: boolean; changed: boolean; mixed: boolean }> {
  const fileKey = crypto.randomBytes(32)
  const chunk = crypto.randomBytes(crypto.CHUNK_SIZE)
  const sealed = await crypto.sealChunk(fileKey, 0, 2, chunk)
  const opened = await crypto.openChunk(fileKey, 0, 2, sealed)
  const mixed = await crypto.openChunk(fileKey, 1, 2, sealed)
  sealed[500_000]! ^= 1
  const changed = await crypto.openChunk(fileKey, 0, 2, sealed)
  return {
    opened: opened !== null && equalBytes(opened, chunk),
    changed: changed !== null,
    mixed: mixed !== null,
  }
}

/** Milliseconds of one verification, by the engine that is chosen here. */
async function verificationMs(): Promise<number> {
  const pair = crypto.generateSigningKeyPair()
  const message = crypto.randomBytes(64)
  const signature = await crypto.sign(pair, message)
  await verify(pair.publicKey, message, signature)
  const start = performance.now()
  for (let i = 0; i < 200; i++) await verify(pair.publicKey, message, signature)
  return (performance.now() - start) / 200
}

const api = { verdicts, frozen, chunkRoundTrip, verificationMs }
export type PageApi = typeof api
Object.assign(globalThis, { api, ready: true })
