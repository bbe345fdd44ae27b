/**
 * A signed note as a hostile copy shows it (N2, N8): one byte of its text, its version, its signer or its order is found, offline, by the app and by
 * chartkeep-verify.
 */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { checkSigned, reportOfSigned } from 'chartkeep-verify'
import { newNote, EMPTY_NOTE, stringifyJson, jsonObject, parseJsonOrNull } from '@chartkeep/domain'
import { decodeAs, encodeMessage, textId } from '@chartkeep/protocol'
import { SignedFile } from '@chartkeep/protocol/records'
import type { Chart, ChartRecord, Practice, Session, SignatureView } from '@chartkeep/sync'
import { OpenChart } from '@chartkeep/sync/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { confirmed, createDeviceWorld, until, type DeviceWorld } from '../../support/device-world.ts'
import { flipBit } from '../../support/vectors.ts'

const folder = mkdtempSync(join(tmpdir(), 'ck-signed-'))
const command = fileURLToPath(new URL('../../../packages/verify/src/main.ts', import.meta.url))

let world: DeviceWorld
let clinic: { session: Session; practice: Practice }
let vault: Chart
let note: ChartRecord
let file: Uint8Array

beforeAll(async () => {
  world = await createDeviceWorld()
  clinic = await world.practice('Green Clinic', 'Lin Wei')
  vault = await clinic.practice.open()
  await confirmed(clinic.session)
  // Offline from here on: nothing that follows asks anybody.
  await world.server.stop()
  const me = { id: clinic.practice.me.id, name: 'Lin Wei' }
  const form = { ...EMPTY_NOTE, title: 'Visit', sections: { ...EMPTY_NOTE.sections, plan: 'Metformin 500 mg' } }
  const context = { person: jsonObject({ display: 'Chen Mei' }), visit: '', author: me, at: '2026-11-21T09:00:00Z' }
  const saved = await vault.save({ collection: 'notes', resource: stringifyJson(newNote(form, context, 'final')) })
  if (saved.type !== 'saved') throw new Error(saved.type)
  note = saved.record
  for (const meaning of ['author', 'review'] as const)
    expect((await vault.sign({ record: note.id, revision: note.revision, meaning })).type).toBe('signed')
  file = (await vault.saveSigned(note.id))!
}, 60_000)
afterAll(async () => {
  await world.close()
  rmSync(folder, { recursive: true })
})

const why = async (bytes: Uint8Array) => {
  const verdict = await checkSigned(bytes)
  return verdict.type === 'holds' ? 'holds' : verdict.reason
}

test('N8: the saved file proves text, signers and order by itself, and no bit of it can be changed', async () => {
  const verdict = await checkSigned(file)
  if (verdict.type !== 'holds') throw new Error(verdict.reason)
  expect(verdict.versions).toMatchObject([
    { text: note.resource, signatures: [{ meaning: 'author' }, { meaning: 'review' }] },
  ])
  for (let bit = 0; bit < file.length * 8; bit += 97)
    expect(await why(flipBit(file, bit)), `bit ${bit}`).not.toBe('holds')
})

test('N8: text, version, signer and order that were changed are each named, also where the file is put together again', async () => {
  const read = decodeAs(SignedFile, file)!
  const [version] = read.versions
  const changed = (change: Partial<typeof read>) => why(encodeMessage({ ...read, ...change }))
  expect(await changed({})).toBe('holds')
  expect(await changed({ versions: [{ ...version!, text: version!.text.replace('500 mg', '900 mg') }] })).toBe('text')
  expect(await changed({ versions: [{ ...version!, revision: flipBit(version!.revision, 0) }] })).toBe('version')
  expect(await changed({ record: flipBit(read.record, 0) })).toBe('version')
  expect(await changed({ collection: 'plans' })).toBe('version')
  const [first, second] = read.signatures
  expect(await changed({ signatures: [second!, first!] })).toBe('order')
  expect(await changed({ signatures: [second!] })).toBe('order')
  expect(await changed({ signatures: [first!, first!] })).toBe('order')
  expect(await changed({ signatures: [flipBit(first!, first!.length * 8 - 1), second!] })).toBe('signer')
  expect(await changed({ accounts: [] })).toBe('account')
  expect(await changed({ versions: [version!, { revision: textId(note.doc)!, text: 'more' }] })).toBe('unsigned')
  // Another person's log, true in itself, in place of the practice's.
  const { session } = await world.account('Mallory', undefined, null)
  const chart = await session.openChart((await until(session.charts$, (charts) => charts.length > 0))[0]!.slot)
  if (!(chart instanceof OpenChart)) throw new Error('no chart')
  const mallory = chart.machine.accounts.entries(chart.machine.account)
  expect(await changed({ accounts: [mallory] })).toBe('account')
  expect(await changed({ accounts: [...read.accounts, mallory] })).toBe('unsigned')
})

test('N8: chartkeep-verify says in words who signed what, and with its exit code whether it holds', async () => {
  const run = promisify(execFile)
  const at = (name: string, bytes: Uint8Array) => {
    writeFileSync(join(folder, name), bytes)
    return join(folder, name)
  }
  const verdict = await checkSigned(file)
  if (verdict.type !== 'holds') throw new Error(verdict.reason)
  const account = Buffer.from(verdict.accounts[0]!).toString('hex')
  const good = await run(process.execPath, [command, at('good.cbor', file), '--trust', account])
  expect(good.stdout).toMatch(/^HOLDS\n/u)
  expect(good.stdout).toMatch(/Lin Wei \(physician\) signed as author/u)
  expect(good.stdout).toContain('Metformin 500 mg')
  await expect(run(process.execPath, [command, join(folder, 'good.cbor')])).rejects.toMatchObject({ code: 2 })
  const text = Buffer.from(file).indexOf('500 mg')
  await expect(run(process.execPath, [command, at('bad.cbor', flipBit(file, text * 8))])).rejects.toMatchObject({
    code: 1,
    stdout: expect.stringContaining('The text is not the one that was signed'),
  })
  expect(reportOfSigned({ type: 'refused', reason: 'order' }, []).code).toBe(1)
})

test('N2, N3: the app finds the same in a copy of the chart that was changed behind its back', async () => {
  if (!(vault instanceof OpenChart)) throw new Error('no chart')
  const { machine } = vault
  const states = async (): Promise<SignatureView['state'][]> => {
    const views = await until(vault.signaturesOf$(note.doc), () => true)
    return views.map(({ state }) => state)
  }
  /** What a disk or a copy could hold after somebody wrote into it: rows without any check. */
  const put = (row: NonNullable<ReturnType<typeof machine.rows.read>>) => machine.rows.commit({ records: [row] })
  const row = machine.rows.read(note.id)!
  const [first, second] = machine.rows.all().filter(({ type }) => type === 'Provenance')
  expect(await states()).toEqual([{ type: 'holds' }, { type: 'holds' }])

  await put({ ...row, resource: row.resource.replace('500 mg', '900 mg') })
  expect(await states()).toEqual([
    { type: 'broken', why: 'text' },
    { type: 'broken', why: 'text' },
  ])
  await put(row)
  const target = (value: string) => ({
    ...first!,
    revision: 'changed',
    resource: first!.resource.replace(note.revision, value),
  })
  await put(target('AAAAAAAAAAAAAAAAAAAAAA'))
  expect(await states()).toContainEqual({ type: 'broken', why: 'version' })
  await put(first!)
  const data = /"data":"([^"]+)"/u.exec(first!.resource)![1]!
  const bytes = Buffer.from(data, 'base64')
  bytes[bytes.length - 1]! ^= 1
  await put({ ...first!, revision: 'forged', resource: first!.resource.replace(data, bytes.toString('base64')) })
  expect(await states()).toContainEqual({ type: 'broken', why: 'signer' })
  await put(first!)
  await machine.rows.commit({ remove: [first!.id] })
  expect(await states()).toEqual([{ type: 'broken', why: 'order' }])
  await machine.rows.commit({ records: [first!] })
  expect(await states()).toEqual([{ type: 'holds' }, { type: 'holds' }])
  expect(parseJsonOrNull(second!.resource)).not.toBeNull()
})
