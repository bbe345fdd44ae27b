/** S3, P6: kill -9 of the real server process under load, again and again: what it acknowledged is there, and every chain verifies. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BatchVerifier, emptyStream, idText, stepStream, type Outcome } from '@chartkeep/protocol'
import { afterAll, expect, test } from 'vitest'
import {
  createAccount,
  createVault,
  createWriter,
  sealDrafts,
  type SealedDraft,
  type TestVault,
  type Writer,
} from '../../support/author.ts'
import { connectDevice, type HttpDevice } from '../../support/http-device.ts'
import { freePort, startServerProcess } from '../../support/server-process.ts'

const KILLS = 20
const folder = mkdtempSync(join(tmpdir(), 'chartkeep-kill-'))
afterAll(() => rmSync(folder, { recursive: true }))

interface Load {
  vault: TestVault
  writer: Writer
  /** Sealed and not yet answered: these bytes are sent again until they are (Y6). */
  outbox: SealedDraft[]
  acknowledged: Map<string, { n: number; h: string; outcome: Outcome }>
}

/** Pushes until the server is gone. */
async function pushUntilGone(device: HttpDevice, load: Load): Promise<void> {
  for (;;) {
    if (load.outbox.length === 0) {
      const size = 1 + (load.writer.seq % 7)
      load.outbox = await sealDrafts(
        load.writer,
        Array.from({ length: size }, () => ({})),
      )
    }
    const answer = await device.push(load.vault.id, load.outbox).catch(() => null)
    if (answer === null) return
    expect(answer.refused).toBeNull()
    expect(answer.results).toHaveLength(load.outbox.length)
    for (const { hash, n, h, outcome } of answer.results)
      load.acknowledged.set(idText(hash), { n, h: idText(h), outcome })
    load.outbox = []
  }
}

/** Reads the whole stream as a device does, and compares it with what was acknowledged. */
async function verify(device: HttpDevice, { vault, writer, acknowledged }: Load): Promise<number> {
  const state = emptyStream(vault.id, writer.stream)
  const verifier = new BatchVerifier()
  const seen = new Map<string, { n: number; h: string; outcome: Outcome }>()
  for (;;) {
    const answer = await device.pull(vault.id, {
      streams: [{ stream: writer.stream, after: state.n }],
      budget: 1 << 22,
    })
    const { entries, head } = answer.streams[0]!
    for (const entry of entries) {
      const stepped = stepStream(state, entry)
      if ('type' in stepped) throw new Error(stepped.fault)
      expect(await verifier.verify(stepped.hash, stepped.header, entry.proof!, writer.device.signing.publicKey)).toBe(
        true,
      )
      seen.set(idText(stepped.hash), { n: stepped.n, h: idText(stepped.h), outcome: stepped.outcome })
    }
    if (state.n === head.n) {
      expect(idText(state.h)).toBe(idText(head.h))
      break
    }
  }
  for (const [hash, place] of acknowledged) expect(seen.get(hash)).toEqual(place)
  return state.n
}

test(`S3, P6: after each of ${KILLS} kills in the middle of pushes no acknowledged envelope is lost and the chains verify`, async () => {
  const data = mkdtempSync(join(folder, 'data-'))
  const port = await freePort()
  const account = await createAccount()
  const vault = await createVault(account, 3)
  const loads: Load[] = vault.streams
    .slice(0, 3)
    .map((stream) => ({ vault, writer: createWriter(vault, account, stream), outbox: [], acknowledged: new Map() }))
  let total = 0
  for (let kill = 0; kill <= KILLS; kill++) {
    const server = await startServerProcess(data, port)
    const device = await connectDevice(server.address, account)
    await device.postControl(vault.id, vault.entries)
    total = 0
    for (const load of loads) total += await verify(device, load)
    if (kill === KILLS) {
      await server.stop()
      break
    }
    const pushing = loads.map((load) => pushUntilGone(device, load))
    await new Promise((resolve) => setTimeout(resolve, 20 + ((kill * 37) % 150)))
    await server.stop('SIGKILL')
    await Promise.all(pushing)
  }
  const acknowledged = loads.reduce((sum, load) => sum + load.acknowledged.size, 0)
  console.log(`${KILLS} kills: ${acknowledged} envelopes acknowledged, ${total} stored`)
  expect(acknowledged).toBeGreaterThan(KILLS)
  expect(total).toBeGreaterThanOrEqual(acknowledged)
})
