/**
 * S3, P6: kill -9 of the real server process under load from eight clients, again and again: what it acknowledged is there, once, and every
 * chain verifies. CHARTKEEP_KILLS says how often; `npm run assurance -- server-kill` does 500.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { idText } from '@chartkeep/protocol'
import { BatchVerifier, emptyStream, stepStream, type Outcome, type StreamState } from '@chartkeep/protocol/streams'
import { afterAll, expect, test } from 'vitest'
import {
  createAccount,
  createVault,
  createWriter,
  sealDrafts,
  type SealedDraft,
  type TestAccount,
  type TestVault,
  type Writer,
} from '../../support/author.ts'
import { connectDevice, type HttpDevice } from '../../support/http-device.ts'
import { freePort, startServerProcess } from '../../support/server-process.ts'

const KILLS = Number(process.env['CHARTKEEP_KILLS'] ?? 20)
const CLIENTS = 8
/** Streams are read whole at the first opening, at the last, and at each of these; between them from where they were read. */
const READ_WHOLE = 10
const folder = mkdtempSync(join(tmpdir(), 'chartkeep-kill-'))
afterAll(() => rmSync(folder, { recursive: true }))

interface Load {
  account: TestAccount
  vault: TestVault
  writer: Writer
  /** Sealed and not yet answered: these bytes are sent again until they are (Y6). */
  outbox: SealedDraft[]
  acknowledged: Map<string, Place>
  /** What was read of the stream, and the place of each envelope in it. */
  state: StreamState
  seen: Map<string, Place>
}

interface Place {
  n: number
  h: string
  outcome: Outcome
}

const unread = (vault: TestVault, stream: Uint8Array) => ({
  state: emptyStream(vault.id, stream),
  seen: new Map<string, Place>(),
})

/** Pushes until the server is gone; says when an answer was taken. */
async function pushUntilGone(device: HttpDevice, load: Load, answered: () => void): Promise<void> {
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
    answered()
  }
}

/** Reads the stream as a device does, from where it was read or from its beginning, and compares it with what was acknowledged. */
async function verify(device: HttpDevice, load: Load, isWhole: boolean): Promise<void> {
  const { vault, writer } = load
  if (isWhole) Object.assign(load, unread(vault, writer.stream))
  const { state, seen, acknowledged } = load
  const verifier = new BatchVerifier()
  for (;;) {
    const answer = await device.pull(vault.id, {
      streams: [{ stream: writer.stream, after: state.n }],
      budget: 1 << 22,
    })
    const { entries, head } = answer.streams[0]!
    for (const entry of entries) {
      // A number, an envelope or a deviceSeq that is there twice is a fault.
      const stepped = stepStream(state, entry)
      if ('type' in stepped) throw new Error(stepped.fault)
      expect(await verifier.verify(stepped.hash, stepped.header, entry.proof!, writer.device.signing.publicKey)).toBe(
        true,
      )
      seen.set(idText(stepped.hash), { n: stepped.n, h: idText(stepped.h), outcome: stepped.outcome })
    }
    expect(head.n).toBeGreaterThanOrEqual(state.n)
    if (state.n === head.n) {
      expect(idText(state.h)).toBe(idText(head.h))
      break
    }
  }
  for (const [hash, place] of acknowledged) expect(seen.get(hash)).toEqual(place)
}

async function createLoad(): Promise<Load> {
  const account = await createAccount()
  const vault = await createVault(account, 1)
  const writer = createWriter(vault, account, vault.streams[0]!)
  return { account, vault, writer, outbox: [], acknowledged: new Map(), ...unread(vault, writer.stream) }
}

test(`S3, P6: after each of ${KILLS} kills in the middle of pushes no acknowledged envelope is lost or doubled and the chains verify`, async () => {
  const data = mkdtempSync(join(folder, 'data-'))
  const port = await freePort()
  const loads = await Promise.all(Array.from({ length: CLIENTS }, createLoad))
  for (let kill = 0; kill <= KILLS; kill++) {
    const server = await startServerProcess(data, port)
    const devices = await Promise.all(
      loads.map(async (load) => {
        const device = await connectDevice(server.address, load.account)
        if (kill === 0) await device.postControl(load.vault.id, load.vault.entries)
        await verify(device, load, kill % READ_WHOLE === 0 || kill === KILLS)
        return device
      }),
    )
    if (kill === KILLS) {
      await server.stop()
      break
    }
    const first = Promise.withResolvers<void>()
    const pushing = loads.map((load, index) => pushUntilGone(devices[index]!, load, first.resolve))
    // Half of them at any moment, also before the first answer; the others so that there is something to lose on the slowest machine.
    if (kill % 2 === 1) await Promise.race([first.promise, Promise.all(pushing)])
    await new Promise((resolve) => setTimeout(resolve, 5 + Math.random() * 120))
    await server.stop('SIGKILL')
    await Promise.all(pushing)
  }
  const sum = (of: (load: Load) => number) => loads.reduce((total, load) => total + of(load), 0)
  const acknowledged = sum((load) => load.acknowledged.size)
  const stored = sum(({ state }) => state.n)
  console.log(`${KILLS} kills, ${CLIENTS} clients: ${acknowledged} envelopes acknowledged, ${stored} stored`)
  expect(acknowledged).toBeGreaterThan(KILLS)
  expect(stored).toBeGreaterThanOrEqual(acknowledged)
})
