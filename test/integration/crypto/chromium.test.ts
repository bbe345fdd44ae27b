/** The cryptography in a real Chromium: the verdicts of rule K2 and the frozen formats are those of Node. */
import { mkdtempSync, rmSync } from 'node:fs'
import type { Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bytesToHex } from '@chartkeep/crypto/encoding'
import type { VerifyEngine } from '@chartkeep/crypto/verify'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { cctvVectors, signSpecVectors, wycheproofVectors, type SignatureVector } from '../../support/ed25519-vectors.ts'
import { readVectors } from '../../support/vectors.ts'
import { bundleForBrowser, servePage, startBrowser, type OwnedBrowser } from '../store/browser.ts'
import type { FrozenInputs, PageApi } from './page.ts'

declare const window: { api: PageApi }

type Frozen = FrozenInputs & {
  signature: { signature: string }
  body: { body: string }
  sealedBox: { sealed: string }
  secretbox: { sealed: string }
  recovery: { signingPublic: string; boxPublic: string; lookupId: string }
  chunk: { sealed: string }
  passphrase: { key: string }
  merkle: { root: string }
}

const folder = mkdtempSync(join(tmpdir(), 'chartkeep-crypto-'))
let browser: OwnedBrowser
let server: Server
let page: Page

beforeAll(async () => {
  const served = await servePage(await bundleForBrowser(join(import.meta.dirname, 'page.ts')))
  server = served.server
  browser = await startBrowser(folder)
  page = await browser.newPage(served.origin)
})

afterAll(async () => {
  await browser.kill()
  server.close()
  rmSync(folder, { recursive: true, maxRetries: 5 })
})

test('K2: in Chromium both engines behind the strict check give every verdict that the vectors ask for', async () => {
  const files: [string, SignatureVector[]][] = [
    ['Wycheproof ed25519', wycheproofVectors()],
    ['CCTV ed25519', cctvVectors()],
    ['NaCl sign.spec', signSpecVectors()],
  ]
  const table: object[] = []
  for (const [file, vectors] of files) {
    const questions = vectors.map(({ publicKey, message, signature }) => ({
      publicKey: bytesToHex(publicKey),
      message: bytesToHex(message),
      signature: bytesToHex(signature),
    }))
    for (const engine of ['webcrypto', 'tweetnacl'] satisfies VerifyEngine[]) {
      for (const mode of ['alone', 'strict'] as const) {
        const answers = await page.evaluate(([name, how, all]) => window.api.verdicts(name, how, all), [
          engine,
          mode,
          questions,
        ] as const)
        const acceptsBad = vectors.filter(({ valid }, i) => !valid && answers[i]).length
        const refusesGood = vectors.filter(({ valid }, i) => valid && !answers[i]).length
        table.push({ file, engine, mode, vectors: vectors.length, acceptsBad, refusesGood })
        if (mode === 'strict')
          expect({ file, engine, acceptsBad, refusesGood }).toEqual({ file, engine, acceptsBad: 0, refusesGood: 0 })
      }
    }
  }
  console.table(table)
})

test('K1: Chromium makes the frozen bytes of every format', async () => {
  const frozen = readVectors<Frozen>('chartkeep-crypto/vectors.json')
  const made = await page.evaluate((inputs) => window.api.frozen(inputs), frozen)
  expect(made).toEqual({
    signature: frozen.signature.signature,
    body: frozen.body.body,
    sealedBox: frozen.sealedBox.sealed,
    secretbox: frozen.secretbox.sealed,
    recovery: [frozen.recovery.signingPublic, frozen.recovery.boxPublic, frozen.recovery.lookupId],
    chunk: frozen.chunk.sealed,
    passphrase: frozen.passphrase.key,
    merkle: frozen.merkle.root,
  })
})

test('B1: in Chromium a full chunk comes back, and a changed or misplaced one does not', async () => {
  const outcome = await page.evaluate(() => window.api.chunkRoundTrip())
  expect(outcome).toEqual({ opened: true, changed: false, mixed: false })
})

test('K2: Chromium verifies by Web Crypto, many times faster than tweetnacl could', async () => {
  const milliseconds = await page.evaluate(() => window.api.verificationMs())
  console.log(`one verification in Chromium: ${milliseconds.toFixed(3)} ms`)
  expect(milliseconds).toBeLessThan(2)
})
