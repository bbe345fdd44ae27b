/** Messages between device and server, their errors, and the sign-in (H1, H3, S7, S8). */
import { readFileSync } from 'node:fs'
import { generateSigningKeyPair, sign } from '@chartkeep/crypto'
import { verify } from '@chartkeep/crypto/verify'
import {
  decodeAs,
  encodeMessage,
  idText,
  isSyncErrorCode,
  MAX_LIVE_BYTES,
  sameHead,
  SYNC_ERRORS,
  syncError,
  textId,
} from '@chartkeep/protocol'
import { Challenge, signInMessage, SignInRequest } from '@chartkeep/protocol/account'
import {
  AccountLogPage,
  ControlPost,
  LiveFrame,
  LiveHello,
  LiveMessage,
  LivePage,
  LivePing,
  LivePong,
  LivePush,
  LivePushed,
  LiveRequest,
  PullAnswer,
  PullRequest,
  PushRequest,
  ServerInfo,
  VaultList,
} from '@chartkeep/protocol/messages'
import { PartOpen } from '@chartkeep/protocol/control'
import {
  bool as boolShape,
  bytes as bytesShape,
  list as listShape,
  nullable as nullableShape,
  record as recordShape,
  schemaOf,
  type Shape,
  text as textShape,
  uint as uintShape,
} from '@chartkeep/protocol/shape'
import { encodePage, encodePushed } from '@chartkeep/sync-server/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { protocolExports } from '../../support/protocol-exports.ts'
import { valueAs } from '../../support/value-as.ts'
import { seeded } from '../../support/seeded.ts'
import { seededBytes } from '../../support/seeded-bytes.ts'

const random = seededBytes('messages')

describe('errors', () => {
  test('H3: every refusal has a status, a rule and a sentence that holds no content', () => {
    for (const [code, { status, rule, message }] of Object.entries(SYNC_ERRORS)) {
      expect(code).toMatch(/^[a-z-]+$/)
      expect(status).toBeGreaterThanOrEqual(400)
      expect(rule).toMatch(/^[A-Z]\d{1,2}$/)
      expect(message).toMatch(/\.$/)
    }
    expect(syncError('quota')).toEqual({ type: 'error', error: 'quota' })
  })

  test('H3: code, status, rule and sentence of each are those of the specification', () => {
    const page = readFileSync(new URL('../../../docs/spec/H.md', import.meta.url), 'utf8')
    const rows = [...page.matchAll(/^\| `([a-z-]+)` +\| (\d+) +\| ([A-Z]\d+) +\| (.+?) +\|$/gmu)]
    const specified = rows.map(([, code, status, rule, message]) => [code, { status: Number(status), rule, message }])
    expect(Object.fromEntries(specified)).toEqual(SYNC_ERRORS)
  })

  test.each(['', 'constructor', '__proto__', 'toString', 'quotas', 1, null, undefined])('H3: %s is no code', (code) => {
    expect(isSyncErrorCode(code)).toBe(false)
    expect(isSyncErrorCode('quota')).toBe(true)
  })

  test('C6: what is forbidden and what is not there have one code', () => {
    const codes = Object.entries(SYNC_ERRORS).filter(([, { status }]) => status === 404)
    expect(codes.map(([code]) => code)).toEqual(['not-found'])
  })
})

describe('sign-in', () => {
  const challenge: Challenge = { server: random(32), audience: 'http://localhost:8787', nonce: random(32), time: 9 }
  const [account, device] = [random(16), random(16)]

  test('H1: the signed message differs by server, audience, nonce, time, account and device', () => {
    const other = random(32)
    const messages = [
      signInMessage(challenge, account, device),
      signInMessage({ ...challenge, server: other }, account, device),
      signInMessage({ ...challenge, audience: 'http://localhost:8788' }, account, device),
      signInMessage({ ...challenge, nonce: other }, account, device),
      signInMessage({ ...challenge, time: 10 }, account, device),
      signInMessage(challenge, device, account),
      signInMessage(challenge, account, random(16)),
    ]
    expect(new Set(messages.map(idText)).size).toBe(messages.length)
  })

  test('H1: a challenge that was relayed from another server gives a signature that this one refuses', async () => {
    const pair = generateSigningKeyPair(random)
    const theirs = { ...challenge, server: random(32), audience: 'https://other.example' }
    const signature = await sign(pair, signInMessage(theirs, account, device))
    expect(await verify(pair.publicKey, signInMessage(theirs, account, device), signature)).toBe(true)
    expect(await verify(pair.publicKey, signInMessage(challenge, account, device), signature)).toBe(false)
  })

  test('H1: a request has an account, a device, the nonce and a signature, and nothing that could be a password', () => {
    const request = { account, device, nonce: challenge.nonce, signature: random(64) }
    expect(decodeAs(SignInRequest, encodeMessage(request))).toEqual(request)
    expect(decodeAs(SignInRequest, encodeMessage({ ...request, password: 'x' }))).toBeNull()
    expect(decodeAs(Challenge, encodeMessage(challenge))).toEqual(challenge)
    expect(decodeAs(Challenge, encodeMessage({ ...challenge, audience: 'a'.repeat(257) }))).toBeNull()
  })
})

describe('the published interface', () => {
  const { components } = JSON.parse(readFileSync(new URL('../../../docs/openapi.json', import.meta.url), 'utf8')) as {
    components: { schemas: Record<string, object> }
  }
  const names = Object.keys(components.schemas).filter((name) => name !== 'Error')

  test('H3, K10: every message is in the form that docs/openapi.json has published', () => {
    expect(names.length).toBeGreaterThan(40)
    for (const name of names) {
      const shape = protocolExports[name] as object
      expect(JSON.parse(JSON.stringify(schemaOf(shape))), name).toEqual(components.schemas[name])
    }
  })

  test('H3: a shape refuses what its description refuses, at each edge', () => {
    const cases: [Shape<unknown>, object, unknown[], unknown[]][] = [
      [
        uintShape(),
        { type: 'integer', minimum: 0, maximum: 2 ** 53 - 1 },
        [0, 2 ** 53 - 1],
        [-1, 0.5, '0', true, null],
      ],
      [uintShape(7), { type: 'integer', minimum: 0, maximum: 7 }, [0, 7], [8]],
      [textShape(2), { type: 'string', maxLength: 2 }, ['', 'ab'], ['abc', 1, null]],
      [
        bytesShape(2),
        { type: 'string', format: 'binary', minLength: 2, maxLength: 2 },
        [random(2)],
        [random(1), random(3), 'ab', [1, 2]],
      ],
      [bytesShape({ max: 2 }), { type: 'string', format: 'binary', maxLength: 2 }, [random(0), random(2)], [random(3)]],
      [listShape(uintShape(1), 2), { type: 'array', maxItems: 2 }, [[], [0, 1]], [[0, 0, 0], [2], {}, null]],
      [nullableShape(uintShape(1)), { anyOf: [{}, { type: 'null' }] }, [null, 1], [2, undefined]],
    ]
    for (const [shape, schema, fitting, others] of cases) {
      expect(schemaOf(shape)).toMatchObject(schema)
      for (const value of fitting) expect(valueAs(shape, value as never)).toEqual(value)
      for (const value of others) expect(valueAs(shape, value as never)).toBeNull()
    }
    expect(schemaOf({})).toEqual({})
    for (const wrong of ['1', true, null, [1], { n: 1 }, 1n, undefined])
      expect(valueAs(uintShape(), wrong as never)).toBeNull()
    for (const wrong of [1, 'true', null, undefined]) expect(valueAs(boolShape, wrong as never)).toBeNull()
    expect([valueAs(boolShape, true), valueAs(boolShape, false)]).toEqual([true, false])
    expect(schemaOf(PartOpen)).toMatchObject({
      properties: { streams: { items: { properties: { from: { anyOf: [{ const: 0 }, { type: 'object' }] } } } } },
    })
  })

  test('H3: of a map every field must be there and no other; an optional one may be absent, but not wrong', () => {
    const shape = recordShape({ a: uintShape() })
    expect(valueAs(shape, { a: 1 })).toEqual({ a: 1 })
    for (const wrong of [{}, { b: 1 }, { a: 1, b: 2 }, { a: '1' }, [], [1], null, 'a', 1, random(3)])
      expect(valueAs(shape, wrong as never)).toBeNull()
    expect(schemaOf(recordShape({ a: uintShape(1) }))).toEqual({
      type: 'object',
      properties: { a: { type: 'integer', minimum: 0, maximum: 1 } },
      required: ['a'],
      additionalProperties: false,
    })
  })

  test('a mistake inside a shape is no refusal: it is thrown', () => {
    const broken = (() => {
      throw new TypeError('a mistake')
    }) as Shape<never>
    expect(() => valueAs(broken, 1)).toThrow('a mistake')
    expect(() => decodeAs(listShape(broken, 1), encodeMessage([1]))).toThrow('a mistake')
  })
})

describe('shapes', () => {
  test('H3: no bytes make a message reader throw', () => {
    const readers = [
      AccountLogPage,
      ControlPost,
      PullAnswer,
      PullRequest,
      PushRequest,
      ServerInfo,
      VaultList,
      LiveMessage,
      LivePage,
      LivePush,
      LivePushed,
      LivePing,
      LivePong,
    ]
    const property = fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      for (const reader of readers) decodeAs<unknown>(reader, bytes)
    })
    fc.assert(property, seeded(2000))
    expect(decodeAs(PullRequest, encodeMessage({ streams: [], budget: 1 }))).toEqual({ streams: [], budget: 1 })
  })

  test('S8: lists, numbers and texts over their limits are refused', () => {
    const stream = { stream: random(16), after: 0 }
    const many = Array.from({ length: 129 }, () => stream)
    expect(decodeAs(PullRequest, encodeMessage({ streams: many, budget: 1 }))).toBeNull()
    expect(decodeAs(PullRequest, encodeMessage({ streams: many.slice(1), budget: 1 }))).not.toBeNull()
    for (const after of [-1, '0', null])
      expect(valueAs(PullRequest, { streams: [{ ...stream, after }], budget: 1 })).toBeNull()
    expect(decodeAs(LiveHello, encodeMessage({ type: 'hello', token: 'x'.repeat(129) }))).toBeNull()
  })

  test('H3: text or a list in place of bytes is refused, whatever its length', () => {
    const request = { account: random(16), device: random(16), nonce: random(32), signature: random(64) }
    for (const account of ['a'.repeat(16), Array.from({ length: 16 }, () => 1), 16, null])
      expect(decodeAs(SignInRequest, encodeMessage({ ...request, account }))).toBeNull()
  })

  test('S7, S8: what goes over a live connection is bytes of a message and no longer than a frame', () => {
    const page = { type: 'page', vault: random(16), pull: random(MAX_LIVE_BYTES) }
    expect(decodeAs(LivePage, encodeMessage(page))).toEqual(page)
    expect(encodePage(page.vault, page.pull)).toEqual(encodeMessage(page))
    expect(decodeAs(LivePage, encodeMessage({ ...page, pull: random(MAX_LIVE_BYTES + 1) }))).toBeNull()
    const push = { type: 'push', id: 3, vault: random(16), push: random(100) }
    expect(decodeAs(LivePush, encodeMessage(push))).toEqual(push)
    expect(decodeAs(LivePush, encodeMessage({ ...push, push: random(MAX_LIVE_BYTES + 1) }))).toBeNull()
    for (const answer of [random(500), null])
      for (const id of [1, 300, 70_000]) {
        expect(encodePushed(id, answer)).toEqual(encodeMessage({ type: 'pushed', id, answer }))
        expect(decodeAs(LivePushed, encodePushed(id, answer))).toEqual({ type: 'pushed', id, answer })
      }
  })

  test('S7: a frame of a live connection is told by its type, each way its own', () => {
    const vault = random(16)
    const frames = [
      { type: 'page', vault, pull: random(100) },
      { type: 'pushed', id: 3, answer: null },
      { type: 'head', vault, stream: random(16), n: 3 },
      { type: 'ready', vault: null, stream: null, n: 0 },
      { type: 'pong' },
    ]
    const requests = [{ type: 'push', id: 3, vault, push: random(100) }, { type: 'ping' }]
    for (const frame of frames) {
      expect(decodeAs(LiveFrame, encodeMessage(frame))).toEqual(frame)
      expect(decodeAs(LiveRequest, encodeMessage(frame))).toBeNull()
      expect(decodeAs(LiveFrame, encodeMessage({ ...frame, more: 1 }))).toBeNull()
    }
    for (const request of requests) {
      expect(decodeAs(LiveRequest, encodeMessage(request))).toEqual(request)
      expect(decodeAs(LiveFrame, encodeMessage(request))).toBeNull()
      expect(decodeAs(LiveRequest, encodeMessage({ ...request, more: 1 }))).toBeNull()
    }
    expect(decodeAs(LiveFrame, encodeMessage({ ...frames[2], type: 'push' }))).toBeNull()
  })

  test('S7: a live message has room for a head and for none of a record', () => {
    const message = { type: 'head', vault: random(16), stream: random(16), n: 3 }
    expect(decodeAs(LiveMessage, encodeMessage(message))).toEqual(message)
    for (const more of [{ body: random(8) }, { header: random(8) }, { entry: random(8) }])
      expect(decodeAs(LiveMessage, encodeMessage({ ...message, ...more }))).toBeNull()
  })

  test('K10: an answer of another form or version is no answer', () => {
    const info = { v: 1, key: random(32), audience: 'a', time: 1, registration: 'open', refilling: null }
    expect(decodeAs(ServerInfo, encodeMessage(info))).toEqual(info)
    for (const change of [{ registration: 'other' }, { key: random(31) }, { v: 256 }, { v: -1 }])
      expect(decodeAs(ServerInfo, encodeMessage({ ...info, ...change }))).toBeNull()
  })

  test('F1: two heads are one where number and hash are', () => {
    const h = random(32)
    const other = h.map((byte) => byte ^ 1)
    expect(sameHead({ n: 3, h }, { n: 3, h: h.slice() })).toBe(true)
    for (const head of [
      { n: 4, h },
      { n: 3, h: other },
      { n: 4, h: other },
    ])
      expect(sameHead({ n: 3, h }, head)).toBe(false)
  })

  test('E1: an identifier reads from its text form only when it has 16 bytes and one spelling', () => {
    const id = random(16)
    expect(textId(idText(id))).toEqual(id)
    for (const text of ['', idText(random(15)), idText(random(32)), `${idText(id)}=`, `${idText(id).slice(0, -1)}!`])
      expect(textId(text)).toBeNull()
  })
})
