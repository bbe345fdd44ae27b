/** `npm run gateway -- --demo` as a person runs it: a process, a folder, two keys, the commands that it prints, Ctrl-C, a second start. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { freePort } from '../../support/server-process.ts'

const repository = resolve(dirname(fileURLToPath(import.meta.url)), '../../..')
const folder = mkdtempSync(join(tmpdir(), 'chartkeep-gateway-demo-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function start(port: number) {
  const args = ['scripts/gateway.mjs', '--demo', '--port', String(port), '--folder', folder]
  const child = spawn(process.execPath, args, { cwd: repository, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  let said = ''
  const ended = once(child, 'exit').then(([code]) => code as number | null)
  await new Promise<void>((ready, fail) => {
    const hear = (part: Buffer) => {
      said += part.toString()
      if (said.includes('\nReady.')) ready()
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    void ended.then((code) => fail(new Error(`it ended with ${code}: ${said}`)))
  })
  const key = (name: string) => new RegExp(`Key for ${name}: +(\\S+)`, 'u').exec(said)![1]!
  return {
    said,
    read: key('reading'),
    write: key('writing'),
    async stop() {
      child.kill('SIGINT')
      return ended
    },
  }
}

/** Runs a command that it printed, as a shell would. */
async function shell(command: string): Promise<string> {
  const child = spawn('sh', ['-c', command.replace('curl ', 'curl -s ')], { stdio: ['ignore', 'pipe', 'ignore'] })
  let said = ''
  child.stdout.on('data', (part: Buffer) => (said += part.toString()))
  await once(child, 'close')
  return said
}

test('W7: the demo prints commands that work, writes what its second start reads, and gives new keys each time', async () => {
  const port = await freePort()
  const first = await start(port)
  const [search, graphql, live, write] = first.said.split('\n').filter((line) => line.startsWith('curl '))
  const bundle = JSON.parse(await shell(search!))
  expect([bundle.resourceType, bundle.entry.length]).toEqual(['Bundle', 2])
  expect(JSON.parse(await shell(graphql!)).data.ObservationList).toHaveLength(3)
  const listening = shell(`timeout 6 ${live!.replace('curl ', 'curl -s ')}`)
  await new Promise((later) => setTimeout(later, 1_000))
  expect(await shell(write!)).toContain('"value":72.50')
  expect(await listening).toContain('"value":72.50')
  expect(await first.stop()).toBe(0)

  const second = await start(port)
  expect(second.read).not.toBe(first.read)
  const ask = (key: string) =>
    fetch(`http://127.0.0.1:${port}/fhir/Observation?code=29463-7&value-quantity=72.50`, {
      headers: { authorization: `Bearer ${key}` },
    })
  expect((await ask(first.read)).status).toBe(401)
  expect(await (await ask(second.read)).json()).toMatchObject({ total: 1 })
  expect(await second.stop()).toBe(0)
}, 300_000)
