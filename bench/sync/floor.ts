/**
 * The least that sealed and signed records cost on one thread, with the project's own ciphers and store and nothing between: of the
 * very envelopes that the server keeps. First sync: hash, verify each batch once by its root, open, parse, store. Push: seal, hash,
 * sign, insert with one flush a batch.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openBody, randomBytes, sealBody, sign, unpad } from '@chartkeep/crypto'
import { bytesToHex, bytesToUtf8 } from '@chartkeep/crypto/encoding'
import { merkleRoot, sha256 } from '@chartkeep/crypto/hash'
import { verify } from '@chartkeep/crypto/verify'
import { idText } from '@chartkeep/protocol'
import { batchMessage, type BatchProof, decodeHeader, envelopeHashOf, signBatch } from '@chartkeep/protocol/streams'
import { openVaultStore, type StoredRecord } from '@chartkeep/store'
import { sqliteLog } from '@chartkeep/store/node'
import { rebuildEntry, type VaultMachine } from '@chartkeep/sync/testing'

const PAGE = 500

interface Envelope {
  header: Uint8Array
  body: Uint8Array
  proof: BatchProof
  /** What is known of it without opening: its row's index fields, its content key and its author's key. */
  row: StoredRecord
  key: Uint8Array
  signer: Uint8Array
  vault: Uint8Array
  account: Uint8Array
  device: Uint8Array
}

/** As the device that pulled them makes them again, byte for byte (S9). */
function readEnvelopes(machine: VaultMachine): Envelope[] {
  const entries = [...machine.streams].flatMap(([stream, { n }]) =>
    Array.from({ length: n }, (_, index) => rebuildEntry(machine, stream, index + 1)),
  )
  return entries.flatMap((entry) => {
    if (entry === null || entry.body === null || entry.proof === null) return []
    const { header: encoded, body, proof } = entry
    const header = decodeHeader(encoded)!
    const { vault, account, device, epoch } = header
    const row = machine.rows.read(`${idText(header.stream)}.${idText(header.doc)}`)
    const key = machine.keys.streams.get(idText(header.stream))?.byEpoch.get(epoch)
    const signer = machine.accounts.lookup(account)?.devices.get(idText(device))?.sign
    if (row === null || row.collectionName === 'audit' || key === undefined || signer === undefined) return []
    return [{ header: encoded, body, proof, row, key, signer, vault, account, device }]
  })
}

/** The batches as they were signed; one of which an envelope is missing here (audit) cannot be verified by its root and is left out. */
function batchesOf(envelopes: Envelope[]): Envelope[][] {
  const bySignature = new Map<string, Envelope[]>()
  for (const envelope of envelopes) {
    const name = bytesToHex(envelope.proof.signature)
    bySignature.set(name, [...(bySignature.get(name) ?? []), envelope])
  }
  return [...bySignature.values()]
    .map((batch) => batch.toSorted((a, b) => a.proof.index - b.proof.index))
    .filter((batch) => batch.length === batch[0]!.proof.size)
}

/** Times of both, scaled to all envelopes where some were left out. */
export async function measureFloor(
  machine: VaultMachine,
): Promise<{ firstSyncMs: number; pushMs: number; firstSyncCpu: number }> {
  const all = readEnvelopes(machine)
  const batches = batchesOf(all)
  const taken = batches.reduce((sum, { length }) => sum + length, 0)
  const scale = all.length / taken
  const folder = mkdtempSync(join(tmpdir(), 'chartkeep-bench-floor-'))
  try {
    const own = process.cpuUsage()
    const firstSyncMs = (await firstSync(batches, join(folder, 'v.sqlite'))) * scale
    const { user, system } = process.cpuUsage(own)
    return {
      firstSyncMs,
      firstSyncCpu: ((user + system) / 1e6) * scale,
      pushMs: (await push(machine, batches, join(folder, 's.sqlite'))) * scale,
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function firstSync(batches: Envelope[][], path: string): Promise<number> {
  const store = await openVaultStore({ name: 'floor', key: randomBytes(32), log: sqliteLog(path) })
  if (store.type !== 'vault') throw new Error(store.type)
  const started = performance.now()
  let page: StoredRecord[] = []
  for (const batch of batches) {
    const hashes = batch.map(({ header, body }) => envelopeHashOf(header, sha256(body)))
    const [first] = batch as [Envelope]
    const message = batchMessage(batch.length, merkleRoot(hashes), first)
    if (!(await verify(first.signer, message, first.proof.signature))) throw new Error('a batch does not verify')
    for (const { key, header, body, row } of batch) {
      const plain = unpad(openBody(key, header, body)!)!
      const parsed = JSON.parse(bytesToUtf8(plain)!) as { resource: { resourceType: string } }
      if (parsed.resource.resourceType !== row.type) throw new Error('a record opened to something else')
      page.push(row)
    }
    if (page.length < PAGE) continue
    await store.commit({ records: page, durability: 'relaxed' })
    page = []
  }
  await store.commit({ records: page, durability: 'relaxed' })
  const took = performance.now() - started
  await store.close()
  return took
}

async function push(machine: VaultMachine, batches: Envelope[][], path: string): Promise<number> {
  const plain = batches.map((batch) =>
    batch.map((envelope) => ({ ...envelope, padded: openBody(envelope.key, envelope.header, envelope.body)! })),
  )
  const db = new DatabaseSync(path)
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
  db.exec('CREATE TABLE e (n INTEGER PRIMARY KEY, header BLOB, body BLOB, signature BLOB)')
  const insert = db.prepare('INSERT INTO e (header, body, signature) VALUES (?, ?, ?)')
  const started = performance.now()
  for (const batch of plain) {
    const bodies = batch.map(({ key, header, padded }) => sealBody(key, header, padded, randomBytes(24)))
    const hashes = batch.map(({ header }, index) => envelopeHashOf(header, sha256(bodies[index]!)))
    const proofs = await signBatch(hashes, batch[0]!, (message) => sign(machine.device.signing, message))
    db.exec('BEGIN')
    batch.forEach(({ header }, index) => insert.run(header, bodies[index]!, proofs[index]!.signature))
    db.exec('COMMIT')
  }
  const took = performance.now() - started
  db.close()
  return took
}
