/**
 * H6: a real server with a small heap under requests made from the shapes of its own routes, as long as each route reads: messages that fit,
 * messages with a changed byte, lists of as many items as fit, lists that say they hold more, bytes that are no message. Anonymous, with a stranger's
 * token, cut off in the middle, and over the live connection. CHARTKEEP_BOMBS: how many.
 */
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeCbor, type CborValue } from '@chartkeep/crypto/encoding'
import { idText, isSyncErrorCode, SYNC_ERRORS } from '@chartkeep/protocol'
import { MEDIA_TYPE } from '@chartkeep/protocol/messages'
import type { ShapeSchema } from '@chartkeep/protocol/shape'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createAccount, createVault, createWriter, sealDrafts, type TestVault } from '../../support/author.ts'
import { connectDevice, openSocket, type HttpDevice } from '../../support/http-device.ts'
import { routeShapes, type RouteShape } from '../../support/route-shapes.ts'
import { fitting, itemsAt, listsIn, shortest, withGiven } from '../../support/schema-values.ts'
import { seeded } from '../../support/seeded.ts'
import { freePort, startServerProcess, type ServerProcess } from '../../support/server-process.ts'

const { seed, numRuns: BOMBS } = seeded(Number(process.env['CHARTKEEP_BOMBS'] ?? 400))
const CONNECTIONS = 32
const HEAP_MB = 256
/** What the server may take in all: its heap, and the bodies that are under way. */
const MEMORY_MB = 768
/** Longer than any route reads. */
const LONGEST = 4_300_000
/** A route of another program, and one that takes no such body, are answered like the server's own. */
const MORE: RouteShape[] = [
  { method: 'POST', path: '/v1/nothing/{id}', bodies: [], type: MEDIA_TYPE },
  { method: 'DELETE', path: '/v1/vaults/{id}', bodies: [], type: MEDIA_TYPE },
]
const ROUTES = [...routeShapes(), ...MORE]
const folder = mkdtempSync(join(tmpdir(), 'chartkeep-bombs-'))

let server: ServerProcess
let owner: HttpDevice
let stranger: HttpDevice
let vault: TestVault
beforeAll(async () => {
  const unlimited = Object.fromEntries(
    ['ADDRESS_REQUESTS_PER_MINUTE', 'REQUESTS_PER_MINUTE', 'SIGN_INS_PER_MINUTE', 'REGISTRATIONS_PER_HOUR']
      .concat(['REFILL_ENTRIES_PER_MINUTE', 'SERVER_REGISTRATIONS_PER_HOUR'])
      .map((name) => [`CHARTKEEP_${name}`, '10000000']),
  )
  const env = { NODE_OPTIONS: `--max-old-space-size=${HEAP_MB}`, ...unlimited }
  server = await startServerProcess(join(folder, 'data'), await freePort(), env)
  owner = await connectDevice(server.address, await createAccount())
  stranger = await connectDevice(server.address, await createAccount())
  vault = await createVault(owner.account)
  await owner.postControl(vault.id, vault.entries)
})
afterAll(async () => {
  await server?.stop('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

/** Numbers from 0 to `below` without it, the same for each seed. */
let state = seed
function random(below: number): number {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
  return Math.floor((state / 2 ** 32) * below)
}
const oneOf = <T>(values: readonly T[]): T => values[random(values.length)]!

function noise(length: number): Uint8Array {
  return Uint8Array.from({ length }, () => random(256))
}

/** A body for a route that takes a message of this shape. */
function bomb(shape: ShapeSchema): { kind: string; body: Uint8Array } {
  const lists = listsIn(shape)
  const kinds = ['fits', 'one byte changed', 'cut short', 'noise', 'a list of millions', 'a head that lies', 'deep']
  const kind = oneOf(lists.length > 0 ? [...kinds, 'as many items as fit', 'one item too many'] : kinds)
  const fit = () => encodeCbor(fc.sample(fitting(shape), { seed: random(2 ** 31), numRuns: 1 })[0]!)
  const of = (body: Uint8Array) => ({ kind, body })
  switch (kind) {
    case 'fits':
      return of(fit())
    case 'one byte changed': {
      const body = fit()
      body[random(body.length)] = random(256)
      return of(body)
    }
    case 'cut short': {
      const body = fit()
      return of(body.subarray(0, random(body.length)))
    }
    case 'noise':
      return of(noise(random(3000)))
    case 'a list of millions': {
      const [field = 'x'] = Object.keys((shape['properties'] ?? {}) as object)
      const zeros = Array<CborValue>(random(LONGEST)).fill(0)
      return of(encodeCbor({ ...(shortest(shape) as Record<string, CborValue>), [field]: zeros }))
    }
    case 'a head that lies': {
      // A list, map, text or bytes of 2^32 items or more (RFC 8949 section 3).
      const body = fit()
      body.set(
        [oneOf([0x5b, 0x7b, 0x9b, 0xbb]), 0, 0, 0, 1].slice(0, body.length),
        random(Math.max(1, body.length - 5)),
      )
      return of(body)
    }
    case 'deep':
      return of(new Uint8Array(random(LONGEST)).fill(oneOf([0x81, 0xa1, 0x9f, 0xc1])))
    default: {
      const { path, maxItems } = oneOf(lists)
      const item = shortest(itemsAt(shape, path))
      const room = Math.floor((4_190_000 - 4096) / encodeCbor(item).length)
      const count = kind === 'one item too many' ? maxItems + 1 : maxItems
      return of(encodeCbor(withGiven(shape, path, Array<CborValue>(Math.max(0, Math.min(count, room))).fill(item))))
    }
  }
}

interface Shot {
  route: RouteShape
  path: string
  headers: Record<string, string>
  body: Uint8Array | null
  /** Bytes after which the sender goes away; null: it sends all of them. */
  cut: number | null
}

function aim(): { kind: string; shot: Shot } {
  const route = oneOf(ROUTES)
  const isChunk = route.type === 'application/octet-stream'
  const made =
    route.type === null && random(4) > 0
      ? { kind: 'no body', body: null }
      : isChunk
        ? { kind: 'a chunk', body: new Uint8Array(random(1_200_000)) }
        : bomb(route.bodies.length > 0 ? oneOf(route.bodies) : { type: 'object', properties: {}, required: [] })
  const ids = [idText(vault.id), idText(stranger.account.id), idText(noise(16)), 'A'.repeat(22), '%00'.repeat(5), '..']
  const path = route.path.replaceAll(/\{(\w+)\}/g, (_all, name) =>
    name === 'index' ? oneOf(['0', '65535', '-1', '9'.repeat(20)]) : oneOf(ids),
  )
  const query = oneOf([
    '',
    '',
    '?after=0',
    '?after=9007199254740992',
    `?link=${'A'.repeat(random(1200))}`,
    '?after=1&after=2',
  ])
  const tokens = [null, owner.token, stranger.token, 'A'.repeat(127), `${owner.token}A`, owner.token.slice(1)]
  const token = oneOf(tokens)
  const types = [
    route.type ?? MEDIA_TYPE,
    route.type ?? MEDIA_TYPE,
    'application/json',
    'text/plain',
    `${MEDIA_TYPE}; x=y`,
  ]
  const headers: Record<string, string> = {
    ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    ...(made.body === null ? {} : { 'content-type': oneOf(types) }),
    ...(random(8) === 0 ? { 'content-encoding': oneOf(['gzip', 'br', 'identity']) } : {}),
    ...(random(2) === 0 && made.body !== null ? { 'content-length': String(made.body.length) } : {}),
  }
  const cut = made.body !== null && random(10) === 0 ? random(made.body.length) : null
  return { kind: made.kind, shot: { route, path: path + query, headers, body: made.body, cut } }
}

/** The status and the code of the answer; null where the sender went away or the server closed the line before the end of the body. */
function fire(
  agent: Agent,
  { route, path, headers, body, cut }: Shot,
): Promise<{ status: number; text: string } | null> {
  return new Promise((resolve) => {
    const sent = request(new URL(path, server.address), { method: route.method, agent, headers })
    sent.on('response', (response) => {
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => parts.push(part))
      response.on('error', () => resolve(null))
      response.on('close', () => {
        const text = response.statusCode! >= 400 ? Buffer.concat(parts).toString() : ''
        resolve({ status: response.statusCode!, text })
      })
    })
    sent.on('error', () => resolve(null))
    if (body === null) return void sent.end()
    if (cut === null) return void sent.end(body)
    sent.write(body.subarray(0, cut), () => sent.destroy())
  })
}

/** The most that the server has taken so far. */
function memoryMb(): number {
  const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))
  return Number(peak?.[1] ?? 0) / 1024
}

test('H6, H3, P6: requests made from the shapes of the routes, as long as they may be, end in an answer of the table; the server lives, and what was there stays', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS })
  const [stream] = vault.streams
  const writer = createWriter(vault, owner.account, stream!)
  const codes = new Map<string, number>()
  const count = (code: string) => codes.set(code, (codes.get(code) ?? 0) + 1)
  const wrong: string[] = []
  let [fired, written, asked] = [0, 0, 0]

  const gunner = async () => {
    while (fired < BOMBS) {
      fired += 1
      const { kind, shot } = aim()
      const answer = await fire(agent, shot)
      const where = `${shot.route.method} ${shot.path.slice(0, 80)}, ${kind}`
      if (answer === null) {
        count('cut off')
        continue
      }
      const code = answer.text.startsWith('{') ? (JSON.parse(answer.text) as { error?: unknown }).error : null
      count(answer.status < 400 ? String(answer.status) : `${answer.status} ${String(code)}`)
      const isMonitor = ['/metrics', '/readyz'].includes(shot.route.path)
      if (answer.status < 400 || isMonitor) continue
      if (answer.status >= 500) wrong.push(`${where}: ${answer.status} ${answer.text}`)
      else if (isSyncErrorCode(code) ? SYNC_ERRORS[code].status !== answer.status : answer.status !== 400)
        wrong.push(`${where}: ${answer.status} ${answer.text}`)
    }
  }
  const live = async () => {
    while (fired < BOMBS) {
      const socket = await openSocket(server.address, null)
      const { body } = bomb(oneOf(ROUTES.flatMap(({ bodies }) => bodies)))
      socket.send(random(2) === 0 ? body : body.subarray(0, 66_000))
      count(`live ${await socket.closed}`)
    }
  }
  /** Somebody who keeps a chart all the while. */
  const person = async () => {
    while (fired < BOMBS) {
      const [draft] = await sealDrafts(writer, [{}])
      const { results, refused } = await owner.push(vault.id, [draft!])
      expect([refused, results.length]).toEqual([null, 1])
      written += 1
      expect((await fetch(`${server.address}/healthz`)).status).toBe(200)
      asked += 1
    }
  }
  await Promise.all([...Array.from({ length: CONNECTIONS }, gunner), live(), person()])
  agent.destroy()

  expect(wrong.slice(0, 10)).toEqual([])
  expect(written).toBeGreaterThan(0)
  let [after, found] = [0, 0]
  for (;;) {
    const { streams } = await owner.pull(vault.id, { streams: [{ stream: stream!, after }], budget: 1 << 22 })
    const entries = streams[0]?.entries ?? []
    if (entries.length === 0) break
    found += entries.length
    after = entries.at(-1)!.n
  }
  expect(found).toBe(written)
  const log = await (await owner.ask('GET', `/v1/vaults/${idText(vault.id)}/control?after=0`)).arrayBuffer()
  expect(log.byteLength).toBeGreaterThan(0)
  const peak = memoryMb()
  expect(peak).toBeLessThan(MEMORY_MB)
  expect(server.output()).not.toMatch(/request failed|Unhandled|MaxListeners/)
  const report = process.env['CHARTKEEP_REPORT']
  const rows = [...codes].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([code, times]) => `${code} | ${times}`)
  if (report !== undefined) appendFileSync(report, `${rows.join('\n')}\n`)
  console.log(`${fired} requests, ${asked} answers to a person between them, ${Math.round(peak)} MB at most`)
})
