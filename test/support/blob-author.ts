/** Uploads of sealed files for tests of the server (B4), written straight over @chartkeep/protocol: a second writer next to packages/sync. */
import { randomBytes, sign } from '@chartkeep/crypto'
import { sha256 } from '@chartkeep/crypto/hash'
import { encodeMessage, type SyncError } from '@chartkeep/protocol'
import { accountHead } from '@chartkeep/protocol/account'
import { blobMessage, blobRoot, hasBit, type BlobBody, type BlobPost } from '@chartkeep/protocol/records'
import type { ServerCore, ServerSession } from '@chartkeep/sync-server/testing'
import type { TestAccount } from './author.ts'

/** Who signs an upload. */
export type Uploader = Pick<TestAccount, 'id' | 'state'> & { device: Pick<TestAccount['device'], 'id' | 'signing'> }

/** A full sealed chunk. */
export const SEALED = 1024 * 1024 + 28

export interface TestBlob {
  vault: Uint8Array
  stream: Uint8Array
  blob: Uint8Array
  chunks: Uint8Array[]
}

/** Random chunks as a sealed file has them: all full but the last. */
export function testBlob(vault: Uint8Array, stream: Uint8Array, lengths: number[] = [500]): TestBlob {
  return { vault, stream, blob: randomBytes(16), chunks: lengths.map((length) => testChunk(length)) }
}

/** Random at both ends: what a megabyte holds in its middle no test asks. */
export function testChunk(length: number): Uint8Array {
  const chunk = new Uint8Array(length)
  chunk.set(randomBytes(Math.min(32, length)))
  return chunk
}

export function hashesOf(chunks: Uint8Array[]): Uint8Array {
  return Uint8Array.from(chunks.flatMap((chunk) => [...sha256(chunk)]))
}

/** The signed beginning of an upload; `over` replaces what would be said. */
export async function blobPost(
  account: Uploader,
  { vault, stream, blob, chunks }: TestBlob,
  over: Partial<BlobBody> = {},
): Promise<BlobPost> {
  const hashes = hashesOf(chunks)
  const body = encodeMessage({
    v: 1,
    vault,
    stream,
    blob,
    size: chunks.reduce((sum, { length }) => sum + length, 0),
    root: blobRoot(hashes),
    account: account.id,
    device: account.device.id,
    accountLog: accountHead(account.state),
    ...over,
  } satisfies BlobBody)
  const signature = await sign(account.device.signing, blobMessage(body))
  return { statement: { body, signature }, hashes, first: null }
}

/** Begins the upload and puts what is missing; the first refusal, null when all is there. */
export async function putBlob(
  core: ServerCore,
  session: ServerSession,
  account: Uploader,
  blob: TestBlob,
  only: number[] = blob.chunks.map((_, index) => index),
): Promise<null | SyncError> {
  const begun = await core.beginBlob(session, blob.vault, await blobPost(account, blob))
  if ('type' in begun) return begun
  for (const index of only) {
    if (hasBit(begun.have, index)) continue
    const refused = await core.putChunk(begun.link, index, blob.chunks[index]!)
    if (refused !== null) return refused
  }
  return null
}

/** All chunks as a reader gets them, or the first refusal. */
export async function getBlob(
  core: ServerCore,
  session: ServerSession,
  { vault, stream, blob, chunks }: TestBlob,
): Promise<Uint8Array[] | SyncError> {
  const info = await core.findBlob(session, vault, stream, blob)
  if ('type' in info) return info
  const got: Uint8Array[] = []
  for (const index of chunks.keys()) {
    const answer = await core.getChunk(info.link, index)
    if ('type' in answer) return answer
    got.push(answer.chunk)
  }
  return got
}
