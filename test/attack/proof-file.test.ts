/** A proof of one entry (A4), made by an owner's device against a real server and checked by the verifier as a stranger runs it. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDisclosed, pad, randomBytes, sealBody, unpad } from '@chartkeep/crypto'
import { bytesToHex } from '@chartkeep/crypto/encoding'
import { sha256 } from '@chartkeep/crypto/hash'
import { decodeAs, encodeMessage, idText } from '@chartkeep/protocol'
import { accountHead } from '@chartkeep/protocol/account'
import { ProofFile, readCheckpoint, treeRoot } from '@chartkeep/protocol/audit'
import { writeNote } from '@chartkeep/protocol/signed'
import { decodeHeader } from '@chartkeep/protocol/streams'
import type { SavedProof } from '@chartkeep/sync'
import { makeProof, newestKey } from '@chartkeep/sync/testing'
import { checkProof, fingerprintsOf, reportOf, type Proved } from 'chartkeep-verify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CANARY, forge, resourceOf, save, share, type Device } from '../support/attack-world.ts'
import { createAuditWorld, notes, type AuditDevice, type AuditWorld } from '../support/audit-world.ts'
import { signCheckpoint } from '../support/hostile-audit.ts'
import { flipBit } from '../support/vectors.ts'

const folder = mkdtempSync(join(tmpdir(), 'chartkeep-proof-'))
let world: AuditWorld
let entryId: string
let entry: Uint8Array
let note: Uint8Array
let noteN: number

function bytesOf(made: SavedProof): Uint8Array {
  if (made.type !== 'proof') throw new Error(made.type)
  return made.bytes
}

const prove = async (from: AuditDevice, subject: Parameters<typeof makeProof>[2]) =>
  makeProof(from.device.machine, from.audit, subject)

beforeAll(async () => {
  world = await createAuditWorld()
  entryId = (await save(world.laptop, 'audit', 'opened')).id
  await save(world.laptop, 'audit', 'read')
  for (let i = 0; i < 2; i++) await world.own.sync()
  await save(world.laptop, 'audit', 'later')
  for (let i = 0; i < 2; i++) await world.own.sync()
  entry = bytesOf(await prove(world.own, { type: 'entry', id: entryId }))
  noteN = notes(world.laptop).findIndex((each) => each?.kind === 'push') + 1
  note = bytesOf(await prove(world.own, { type: 'access', n: noteN }))
})
afterAll(async () => {
  rmSync(folder, { recursive: true })
  await world.close()
})

const hex = (bytes: Uint8Array) => bytesToHex(bytes)
const server = () => hex(sha256(world.key.publicKey)).slice(0, 16)
const owner = () => hex(world.owner.account)
const held = async (bytes: Uint8Array): Promise<Proved> => {
  const verdict = await checkProof(bytes)
  if (verdict.type !== 'holds') throw new Error(verdict.reason)
  return verdict
}
const change = (bytes: Uint8Array, with_: (file: ProofFile) => Partial<ProofFile>): Uint8Array => {
  const file = decodeAs(ProofFile, bytes)!
  return encodeMessage({ ...file, ...with_(file) })
}
const reason = async (bytes: Uint8Array) => {
  const verdict = await checkProof(bytes)
  return verdict.type === 'refused' ? verdict.reason : 'holds'
}

describe('A4: a proof of what a device wrote', () => {
  test('A4: holds, and says who, which device, when, which record, what the server signed, and under whose keys', async () => {
    const proof = await held(entry)
    expect(proof.subject).toMatchObject({ type: 'entry', resource: resourceOf('audit', 'opened'), n: 1 })
    if (proof.subject.type !== 'entry') throw new Error('no entry')
    expect(idText(proof.subject.header.device)).toBe(idText(world.laptop.secrets.id))
    expect(`${idText(proof.subject.header.stream)}.${idText(proof.subject.header.doc)}`).toBe(entryId)
    expect(proof.witnesses).toMatchObject([{ account: world.owner.account, device: world.laptop.secrets.id }])
    const { text, code } = reportOf(proof, [server(), owner()])
    expect(code).toBe(0)
    for (const words of ['HOLDS', CANARY, 'opened', 'you trust it', 'saw the same head', '2026-06-01'])
      expect(text).toContain(words)
    expect(text.replaceAll(/\s/g, '')).toContain(hex(world.laptop.secrets.id))
    expect(text).not.toContain('NOT among')
  })

  test('A4: never holds the content key, and opens nothing else of its stream', async () => {
    const stream = idText(world.stream('audit'))
    const { key } = newestKey(world.laptop.machine, stream)!
    expect(Buffer.from(entry).includes(Buffer.from(key))).toBe(false)
    expect(Buffer.from(note).includes(Buffer.from(key))).toBe(false)
    expect(Buffer.from(entry).includes('later')).toBe(false)
  })

  test('A4: is of one meaning with its fingerprints: only those named make it trusted', async () => {
    const proof = await held(entry)
    const spaced = fingerprintsOf(proof, []).map(({ text }) => text)
    expect(reportOf(proof, spaced).code).toBe(0)
    expect(
      reportOf(
        proof,
        spaced.map((text) => text.toUpperCase()),
      ).code,
    ).toBe(0)
    for (const trust of [[], [server()], [owner()], [server(), hex(randomBytes(16))], [server().slice(0, 8), owner()]])
      expect(reportOf(proof, trust).code).toBe(2)
    expect(reportOf(proof, [hex(sha256(world.key.publicKey)), owner()]).code).toBe(0)
  })

  test('A4: of a provider is made from its grant audit log, signed by its own device, under its own account', async () => {
    const provider = await world.provider()
    await share(world, provider, { labs: ['read'] })
    const read = await save(provider, 'audit', 'the provider read')
    await provider.sync()
    for (let i = 0; i < 2; i++) await world.own.sync()
    const proof = await held(bytesOf(await prove(world.own, { type: 'entry', id: read.id })))
    const roles = fingerprintsOf(proof, [server(), hex(provider.person.account)])
    expect(roles.map(({ role, trusted }) => [role, trusted])).toEqual([
      ['server', true],
      ['author', true],
      ['witness', false],
    ])
    expect(reportOf(proof, [server(), hex(provider.person.account)]).code).toBe(0)
  })

  test('A4: is not made of what is unsent, unknown, or under a head that did not hold', async () => {
    const unsent = await save(world.laptop, 'audit', 'unsent')
    expect(await prove(world.own, { type: 'entry', id: unsent.id })).toEqual({ type: 'not-proved' })
    expect(await prove(world.own, { type: 'access', n: 99_999 })).toEqual({ type: 'not-proved' })
    expect(await prove(world.other, { type: 'entry', id: entryId })).toEqual({ type: 'not-proved' })
    world.own.audit.lies = { auditProof: () => ({ type: 'ok', value: { path: [new Uint8Array(32)] } }) }
    expect(await prove(world.own, { type: 'entry', id: entryId })).toEqual({ type: 'not-proved' })
    world.own.audit.lies = { auditProof: () => ({ type: 'offline' }) as never }
    expect(await prove(world.own, { type: 'entry', id: entryId })).toEqual({ type: 'offline' })
    world.own.audit.lies = { audit: (honest) => ({ ...honest, checkpoint: 'nothing' }) }
    await world.own.sync()
    expect(await prove(world.own, { type: 'entry', id: entryId })).toEqual({ type: 'stopped' })
    world.own.audit.lies = {}
    expect(await world.own.sync()).toMatchObject({ type: 'ok' })
  })
})

test('A4: the text of an entry is shown as it was sealed, in lines: 1.10 stays 1.10', async () => {
  const exact = String.raw`{"text":"dose {1, \"2\": [3]}","n":1.10,"e":{},"l":[1e3,{"a":null}]}`
  const { text } = reportOf(
    {
      ...(await held(entry)),
      subject: { ...(await held(entry)).subject, resource: exact } as Proved['subject'],
    },
    [],
  )
  expect(text).toContain('"n": 1.10')
  expect(text).toContain('1e3')
  expect(text).toContain(String.raw`"text": "dose {1, \"2\": [3]}"`)
})

describe('A4: a proof of what the server noted', () => {
  test('A4: holds, and says which account and device, from where, what, and when', async () => {
    const proof = await held(note)
    expect(proof.subject).toMatchObject({ type: 'access', entry: notes(world.laptop)[noteN - 1] })
    const { text, code } = reportOf(proof, [server()])
    expect(code).toBe(0)
    for (const words of ['access log', 'sent entries and got an answer', `Note number ${noteN}`])
      expect(text).toContain(words)
  })
})

describe('A4: a changed proof is refused', () => {
  test.each([
    ['an entry', () => entry],
    ['a note', () => note],
  ])(
    'A4: of %s, whichever single bit of the file is changed (every third; with CHARTKEEP_BITS=all each)',
    async (_, file) => {
      const bytes = file()
      const accepted: number[] = []
      const step = process.env['CHARTKEEP_BITS'] === 'all' ? 1 : 3
      for (let bit = 0; bit < bytes.length * 8; bit += step)
        if ((await checkProof(flipBit(bytes, bit))).type === 'holds') accepted.push(bit)
      console.log(
        `${Math.ceil((bytes.length * 8) / step)} single-bit faults of a proof file: ${accepted.length} accepted`,
      )
      expect(accepted).toEqual([])
    },
    240_000,
  )

  test('A4: when it is cut off, lengthened, empty, or something else', async () => {
    for (const bytes of [
      entry.subarray(0, entry.length - 1),
      Uint8Array.from([...entry, 0]),
      new Uint8Array(),
      randomBytes(500),
      encodeMessage({ format: 'chartkeep-proof' }),
    ])
      expect(await reason(bytes)).toBe('form')
  })

  test('A4: with parts of another proof, each sound by itself', async () => {
    const other = bytesOf(await prove(world.own, { type: 'access', n: noteN + 1 }))
    const others = decodeAs(ProofFile, other)!
    expect(await reason(change(entry, () => ({ access: others.access })))).toBe('form')
    expect(await reason(change(entry, () => ({ envelope: null, access: others.access })))).not.toBe('holds')
    expect(await reason(change(note, () => ({ access: others.access })))).toBe('tree')
    expect(await reason(change(entry, ({ index }) => ({ index: index + 1 })))).toBe('tree')
    expect(await reason(change(entry, () => ({ vault: randomBytes(16) })))).toBe('checkpoint')
    expect(await reason(change(entry, () => ({ serverKey: world.laptop.secrets.signing.publicKey })))).toBe(
      'server-signature',
    )
    expect(await reason(change(entry, ({ accounts }) => ({ accounts: accounts.slice(1) })))).not.toBe('holds')
    expect(await reason(change(entry, ({ accounts }) => ({ accounts: accounts.slice(0, 1) })))).toBe('witness')
    expect(await reason(change(entry, ({ accounts }) => ({ accounts: [...accounts, accounts[1]!] })))).not.toBe('holds')
  })

  test('A4: with a head over another root that the same server signed', async () => {
    const { size, time } = readCheckpoint(decodeAs(ProofFile, entry)!.checkpoint)!
    const root = treeRoot(0, () => null)
    const checkpoint = await signCheckpoint(world.key, { vault: world.vault, size, root, time })
    expect(await reason(change(entry, ({ accounts }) => ({ checkpoint, accounts: accounts.slice(0, 1) })))).toBe('tree')
  })

  test('A4: with lines of signatures that nobody in it is behind', async () => {
    const stranger = (file: ProofFile) => {
      const { note: kept } = readCheckpoint(file.checkpoint)!
      const line = { ...kept.signatures[0]!, name: 'somebody.example' }
      return { checkpoint: writeNote({ ...kept, signatures: [...kept.signatures, line] }) }
    }
    expect(await reason(change(entry, stranger))).toBe('witness')
    expect(await reason(change(note, stranger))).toBe('witness')
  })

  test('A4: with an account log that continues after the head that the entry names', async () => {
    await world.addDevice('tablet')
    const longer = world.laptop.book.entries(world.owner.account)
    expect(longer.length).toBe(accountHead(world.laptop.book.lookup(world.owner.account)).n)
    const [author] = decodeAs(ProofFile, entry)!.accounts
    expect(longer.length).toBeGreaterThan(author!.length)
    expect(await reason(change(entry, ({ accounts }) => ({ accounts: [longer, ...accounts.slice(1)] })))).toBe('author')
    expect(
      await reason(change(entry, ({ accounts }) => ({ accounts: [author!.slice(0, 1), ...accounts.slice(1)] }))),
    ).toBe('author')
  })

  test('A4: with a body that says something else, under the same key and header', async () => {
    const { envelope } = decodeAs(ProofFile, entry)!
    const header = decodeHeader(envelope!.header)!
    const { key } = newestKey(world.laptop.machine, idText(header.stream))!
    const forged = await forge(
      world.laptop as Device,
      header.stream,
      {},
      { text: resourceOf('audit', 'never happened') },
    )
    expect(await reason(change(entry, () => ({ envelope: { ...envelope!, body: forged.body! } })))).toBe('opening')
    const body = sealBody(key, envelope!.header, new Uint8Array(header.paddedLength), randomBytes(24))
    expect(await reason(change(entry, () => ({ envelope: { ...envelope!, body } })))).toBe('inner')
    // The plaintext of another record, stream, vault or revision under this header.
    const plain = new TextDecoder().decode(unpad(openDisclosed(envelope!.opening, envelope!.body)!)!)
    for (const field of ['vault', 'stream', 'doc', 'revision'] as const) {
      const others = plain.replace(`"${field}":"${idText(header[field])}"`, `"${field}":"${idText(randomBytes(16))}"`)
      expect(others).not.toBe(plain)
      const swapped = sealBody(key, envelope!.header, pad(new TextEncoder().encode(others)), randomBytes(24))
      expect(await reason(change(entry, () => ({ envelope: { ...envelope!, body: swapped } })))).toBe('inner')
    }
  })
})

describe('A4: the command', () => {
  const command = join(import.meta.dirname, '../../packages/verify/bin/chartkeep-verify.mjs')
  const run = (...args: string[]) => spawnSync(process.execPath, [command, ...args], { encoding: 'utf8' })
  const written = (name: string, bytes: Uint8Array) => {
    const path = join(folder, name)
    writeFileSync(path, bytes)
    return path
  }

  test('A4: exits with 0 for a proof of those one trusts, 2 for one of others, 1 for none', () => {
    const file = written('entry.proof', entry)
    const whole = run(file, '--trust', server(), '--trust', owner())
    expect([whole.status, whole.stderr]).toEqual([0, ''])
    expect(whole.stdout).toContain('HOLDS')
    const untrusted = run(file)
    expect(untrusted.status).toBe(2)
    expect(untrusted.stdout).toContain('NOT among those you named')
    const broken = run(written('broken.proof', flipBit(entry, 4000)))
    expect([broken.status, broken.stdout.split('\n')[0]]).toEqual([1, 'DOES NOT HOLD'])
  })

  test('A4: says how it is used, and of a file that it cannot read', () => {
    for (const args of [[], ['a', 'b'], ['--unknown'], ['--help']]) {
      const { status, stderr } = run(...args)
      expect([status, stderr.startsWith('chartkeep-verify FILE')]).toEqual([2, true])
    }
    const { status, stderr } = run(join(folder, 'absent'))
    expect([status, stderr]).toEqual([2, `${join(folder, 'absent')} cannot be read.\n`])
  })

  test('A4: built as one file it runs alone, with none of the project next to it', () => {
    const home = join(import.meta.dirname, '../../packages/verify')
    const out = join(folder, 'built')
    const vite = join(home, '../../node_modules/vite/bin/vite.js')
    execFileSync(process.execPath, [vite, 'build', '--logLevel', 'error', '--outDir', out], { cwd: home })
    const program = join(out, 'chartkeep-verify.mjs')
    const args = [program, written('built.proof', entry), '--trust', server(), '--trust', owner()]
    const alone = spawnSync(process.execPath, args, { encoding: 'utf8', cwd: folder })
    expect([alone.status, alone.stderr, alone.stdout.split('\n')[0]]).toEqual([0, '', 'HOLDS'])
  })

  test('A4: needs no network: it runs with every door of it closed', () => {
    const file = written('alone.proof', entry)
    const shut = `const refuse = () => { throw new Error('network') }
      for (const name of ['node:net', 'node:http', 'node:https', 'node:dns', 'node:tls', 'node:dgram']) {
        const module = process.getBuiltinModule(name)
        for (const key of ['connect', 'request', 'get', 'lookup', 'createSocket', 'createConnection'])
          if (key in module) module[key] = refuse
      }
      globalThis.fetch = refuse
      process.argv.splice(1, 0, 'chartkeep-verify')
      await import(${JSON.stringify(command)})`
    const output = execFileSync(
      process.execPath,
      ['--input-type=module', '-e', shut, file, '--trust', server(), '--trust', owner()],
      { encoding: 'utf8' },
    )
    expect(output).toContain('HOLDS')
  })

  test('A4: shows characters that would move or hide text as what they are', async () => {
    const trick = (await save(world.laptop, 'audit', 'a\u202eb\\u001b[2Jc')).id
    for (let i = 0; i < 2; i++) await world.own.sync()
    const { text } = reportOf(await held(bytesOf(await prove(world.own, { type: 'entry', id: trick }))), [])
    expect(text).toContain('a\\u{202e}b\\u001b[2Jc')
    expect(text).not.toContain('\u202e')
  })
})
