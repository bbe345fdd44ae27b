/**
 * Faults of one envelope: every single bit and every other change of a single byte of header, body and proof, over many seeds; none is
 * accepted. A body is shown twice: as a broken wire brings it, and as a hostile server does, with the hash that fits. The judge is the
 * client that ships (mutation-target.ts), over knowing-engine.ts; what it finds when the client makes a mistake is in planted-checks.test.ts.
 * CHARTKEEP_MUTATIONS says how many faults, CHARTKEEP_SEED where the seeds begin: two thirds are bits of many envelopes, the rest all bytes of few.
 *
 * In a process of its own (vitest.config.ts).
 * @vitest-environment-options { "alone": "mutations" }
 */
import { sha256 } from '@chartkeep/crypto/hash'
import type { BatchProof, StreamEntry } from '@chartkeep/protocol/streams'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { installKnowingEngine } from '../support/knowing-engine.ts'
import { createMutationTarget, type MutationTarget } from '../support/mutation-target.ts'
import { seeded } from '../support/seeded.ts'
import { createSimWorld, type SimWorld } from '../support/sim-world.ts'

const { seed: first, numRuns: amount } = seeded(Number(process.env['CHARTKEEP_MUTATIONS'] ?? 1_000_000))
/** For all faults this part is tried once more in a whole pull, from a server that signs what it shows. */
const PULLED_OF = 1000

const BITS = Array.from({ length: 8 }, (_, bit) => 1 << bit)
/** What changes more than one bit of a byte. */
const BYTES = Array.from({ length: 256 }, (_, mask) => mask).filter((mask) => mask !== 0 && !BITS.includes(mask))

let world: SimWorld

beforeAll(async () => {
  world = await createSimWorld()
})
afterAll(() => world.close())

function* changesOf(bytes: Uint8Array, masks: readonly number[]): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at++) {
    for (const mask of masks) {
      const changed = bytes.slice()
      changed[at]! ^= mask
      yield changed
    }
  }
}

type Fault = [part: 'header' | 'proof' | 'body' | 'body with its hash', entry: StreamEntry]

function* faultsOf(honest: StreamEntry, masks: readonly number[]): Generator<Fault> {
  const proof = honest.proof!
  const withProof = (change: Partial<BatchProof>): Fault => ['proof', { ...honest, proof: { ...proof, ...change } }]
  for (const header of changesOf(honest.header, masks)) yield ['header', { ...honest, header }]
  for (const body of changesOf(honest.body!, masks)) {
    yield ['body', { ...honest, body }]
    yield ['body with its hash', { ...honest, body, bodyHash: sha256(body) }]
  }
  for (const signature of changesOf(proof.signature, masks)) yield withProof({ signature })
  for (const [level, hash] of proof.path.entries())
    for (const changed of changesOf(hash, masks)) yield withProof({ path: proof.path.with(level, changed) })
  for (let value = 0; value <= 128; value++) {
    if (value !== proof.size) yield withProof({ size: value })
    if (value !== proof.index) yield withProof({ index: value })
  }
  if (proof.path.length > 0) {
    yield withProof({ path: proof.path.slice(1) })
    yield withProof({ path: proof.path.slice(0, -1) })
  }
  yield withProof({ path: [...proof.path, new Uint8Array(32)] })
}

interface Tally {
  count: number
  pulled: number
  accepted: string[]
  said: Record<string, number>
}

/** Tries faults of one envelope until they or `limit` have ended. */
async function tryFaults(target: MutationTarget, seed: number, masks: readonly number[], limit: number, tally: Tally) {
  for (const [part, entry] of faultsOf(target.honest, masks)) {
    if (tally.count >= limit) return
    tally.count++
    const said = await target.judge(entry)
    const name = `${part}: ${said}`
    tally.said[name] = (tally.said[name] ?? 0) + 1
    if (said === 'accepted' || said === 'without content')
      tally.accepted.push(`${name}, ${tally.count} of seed ${seed}`)
    if (tally.count % PULLED_OF !== 0) continue
    tally.pulled++
    if ((await target.pull(entry)) === 'accepted') tally.accepted.push(`pull, ${name}, ${tally.count} of seed ${seed}`)
  }
}

test('E6: of the single-bit and single-byte faults of header, body and proof none is accepted', async () => {
  const tally: Tally = { count: 0, pulled: 0, accepted: [], said: {} }
  const started = performance.now()
  // Every signature here is another question: nothing would be remembered to any use.
  const { asked } = installKnowingEngine()
  let seed = first
  for (const [masks, limit] of [[BITS, Math.floor((amount * 2) / 3)] as const, [BYTES, amount] as const]) {
    while (tally.count < limit) {
      const target = await createMutationTarget(world, seed)
      expect(await target.judge(target.honest)).toBe('accepted')
      expect(await target.pull(target.honest)).toBe('accepted')
      await tryFaults(target, seed++, masks, limit, tally)
    }
  }
  const seconds = Math.round((performance.now() - started) / 1000)
  console.log(
    `${tally.count} faults of ${seed - first} envelopes in ${seconds} s, ${tally.pulled} of them pulled:`,
    tally.said,
    asked,
  )
  expect(asked.checked).toBeGreaterThan(asked.known / 100)
  expect(tally.accepted).toEqual([])
  expect(tally.count).toBe(amount)
  // It makes way for everything else, so its time is that of the whole run.
}, 1_200_000)
