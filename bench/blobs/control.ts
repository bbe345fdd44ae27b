/** The control: the same bytes copied by AES-256-GCM of node:crypto over Fastify, four chunks at a time, and nothing else. */
import { spawn } from 'node:child_process'
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../test/support/server-process.ts'
import { measurePhase } from '../sync/phase.ts'
import type { FileRun } from './ours.ts'

const CHUNK = 1024 * 1024
const AT_ONCE = 4
const HEADERS = { 'content-type': 'application/octet-stream' }

export async function copyPlainly(file: string, size: number, copy: string): Promise<FileRun> {
  const data = mkdtempSync(join(tmpdir(), 'chartkeep-bench-copy-'))
  const port = await freePort()
  const child = spawn(process.execPath, [join(import.meta.dirname, 'control-server.ts'), data, String(port)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise((resolve) => child.once('close', resolve))
  await new Promise((resolve) => child.stdout.once('data', resolve))
  const address = (index: number) => `http://127.0.0.1:${port}/chunks/${index}`
  const total = Math.ceil(size / CHUNK)
  const key = randomBytes(32)
  try {
    const send = await measurePhase('copy-send', child.pid!, async () => {
      const source = await open(file, 'r')
      await inParallel(total, async (index) => {
        const plain = Buffer.alloc(Math.min(CHUNK, size - index * CHUNK))
        await source.read(plain, 0, plain.length, index * CHUNK)
        const nonce = randomBytes(12)
        const cipher = createCipheriv('aes-256-gcm', key, nonce)
        const sealed = Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
        const answer = await fetch(address(index), { method: 'PUT', headers: HEADERS, body: sealed })
        if (answer.status !== 204) throw new Error(`the control refused: ${answer.status}`)
      })
      await source.close()
    })
    const fetched = await measurePhase('copy-fetch', child.pid!, async () => {
      const target = await open(copy, 'w')
      await inParallel(total, async (index) => {
        const sealed = Buffer.from(await (await fetch(address(index))).arrayBuffer())
        const cipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, 12))
        cipher.setAuthTag(sealed.subarray(-16))
        const plain = Buffer.concat([cipher.update(sealed.subarray(12, -16)), cipher.final()])
        await target.write(plain, 0, plain.length, index * CHUNK)
      })
      await target.sync()
      await target.close()
    })
    return { sealMs: 0, sendMs: send.ms, fetchMs: fetched.ms, serverCpu: send.cpu + fetched.cpu }
  } finally {
    child.kill()
    await ended
    rmSync(data, { recursive: true, force: true })
  }
}

async function inParallel(total: number, work: (index: number) => Promise<void>): Promise<void> {
  let next = 0
  const worker = async () => {
    for (let index = next++; index < total; index = next++) await work(index)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
}
