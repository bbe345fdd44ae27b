/** A saved signed record (N8): what holds, each way in which one does not, and the whole text that people read of it. */
import { sign } from '@chartkeep/crypto'
import { bytesToHex } from '@chartkeep/crypto/encoding'
import { encodeMessage, ZERO_HASH } from '@chartkeep/protocol'
import { accountHead } from '@chartkeep/protocol/account'
import {
  carryContentSignature,
  contentOrderOf,
  contentSignatureMessage,
  contentTextHash,
  encodeContentStatement,
  MAX_SIGNED_FILE_BYTES,
  type ContentSignature,
  type ContentStatement,
  type SignedFile,
} from '@chartkeep/protocol/records'
import { checkSigned, isSignedFile, reportOfSigned, type ProvedSigned } from 'chartkeep-verify'
import { beforeAll, expect, test } from 'vitest'
import { createPerson, type Person } from '../../support/protocol-people.ts'
import { createPractice, type Practice } from '../../support/protocol-practice.ts'
import { flipBit } from '../../support/vectors.ts'

const TEXTS = ['{"resourceType":"Composition","dose":1.10}', '{"resourceType":"Composition","dose":2}'] as const
const RECORD = new Uint8Array(16).fill(1)
const revision = (version: number) => new Uint8Array(16).fill(2 + version)

let clinic: Practice
let patient: Person

beforeAll(async () => {
  clinic = await createPractice('signed file', ['admin', 'physician'])
  patient = await createPerson('signed file, patient')
})

async function signed(
  { state, device }: Person,
  version: number,
  after: ContentSignature | null,
  change: Partial<ContentStatement> = {},
): Promise<ContentSignature> {
  const seat = state.practice === null ? null : clinic.seats[0]!
  const salt = seat && clinic.state.practice!.members.values().next().value!.versions[0]!.name.slice(0, 16)
  const statement: ContentStatement = {
    v: 1,
    account: state.account,
    device: device.id,
    accountLog: accountHead(state),
    collection: 'notes',
    record: RECORD,
    revision: revision(version),
    text: contentTextHash(TEXTS[version]!),
    meaning: seat === null ? 'acknowledge' : 'author',
    language: seat === null ? 'en' : null,
    comment: null,
    order: after === null ? ZERO_HASH : contentOrderOf(after.bytes),
    time: Date.UTC(2026, 10, 22, 9, 30),
    signer: seat && { member: seat.id, name: 'Dr. A', salt: salt!, roles: ['physician'] },
    ...change,
  }
  const bytes = encodeContentStatement(statement)
  return { statement, bytes, signature: await sign(device.signing, contentSignatureMessage(bytes)) }
}

/** Two versions: the first signed by the clinic, the second by the clinic and then by the patient; with anything changed. */
async function file(change: (file: SignedFile) => Partial<SignedFile> = () => ({})): Promise<Uint8Array> {
  const first = await signed(clinic, 0, null)
  const second = await signed(clinic, 1, first)
  const third = await signed(patient, 1, second, { comment: 'Read it\ntwice' })
  const whole: SignedFile = {
    format: 'chartkeep-signed',
    v: 1,
    collection: 'notes',
    record: RECORD,
    versions: TEXTS.map((text, at) => ({ revision: revision(at), text })),
    signatures: [first, second, third].map(carryContentSignature),
    accounts: [clinic.entries, patient.entries],
  }
  return encodeMessage({ ...whole, ...change(whole) })
}

async function reasonOf(change: (file: SignedFile) => Partial<SignedFile>): Promise<string> {
  const verdict = await checkSigned(await file(change))
  return verdict.type === 'refused' ? verdict.reason : verdict.type
}

test('N8: every signature over exactly its version, under the logs of the file, in their order', async () => {
  const encoded = await file()
  expect(isSignedFile(encoded)).toBe(true)
  const verdict = (await checkSigned(encoded)) as ProvedSigned
  expect(verdict.type).toBe('holds')
  expect(verdict.collection).toBe('notes')
  expect(verdict.record).toEqual(RECORD)
  expect(verdict.versions.map(({ text, signatures }) => [text, signatures.map(({ meaning }) => meaning)])).toEqual([
    [TEXTS[0], ['author']],
    [TEXTS[1], ['author', 'acknowledge']],
  ])
  expect(verdict.accounts).toEqual([clinic.state.account, patient.state.account])
})

test('N8: each way in which a file does not hold, by its name', async () => {
  expect(await reasonOf(() => ({ signatures: [] }))).toBe('form')
  expect(await reasonOf(({ signatures }) => ({ signatures: [...signatures, new Uint8Array(80)] }))).toBe('form')
  expect(await reasonOf(({ accounts }) => ({ accounts: [...accounts, accounts[0]!] }))).toBe('account')
  expect(await reasonOf(({ accounts }) => ({ accounts: [accounts[0]!, []] }))).toBe('account')
  expect(await reasonOf(({ accounts }) => ({ accounts: [accounts[0]!] }))).toBe('account')
  const broken = (entries: SignedFile['accounts'][number]) => [
    { ...entries[0]!, signature: flipBit(entries[0]!.signature, 3) },
  ]
  expect(await reasonOf(({ accounts }) => ({ accounts: [accounts[0]!, broken(accounts[1]!)] }))).toBe('account')
  expect(await reasonOf(({ versions }) => ({ versions: versions.slice(1) }))).toBe('version')
  expect(await reasonOf(() => ({ collection: 'plans' }))).toBe('version')
  expect(await reasonOf(() => ({ record: new Uint8Array(16) }))).toBe('version')
  const other = ({ versions }: SignedFile) => ({
    versions: versions.map((each) => ({ ...each, text: `${each.text} ` })),
  })
  expect(await reasonOf(other)).toBe('text')
  const more = { revision: revision(9), text: '{}' }
  expect(await reasonOf(({ versions }) => ({ versions: [...versions, more] }))).toBe('unsigned')
  const stranger = await createPerson('signed file, stranger')
  expect(await reasonOf(({ accounts }) => ({ accounts: [...accounts, stranger.entries] }))).toBe('unsigned')
  expect(await reasonOf(({ signatures: [a, b, c] }) => ({ signatures: [a!, c!, b!] }))).toBe('order')
  expect(await reasonOf(({ signatures: [a, b, c] }) => ({ signatures: [a!, b!, c!, c!] }))).toBe('order')
  const gap = ({ versions, signatures }: SignedFile) => ({
    versions: versions.slice(1),
    signatures: signatures.slice(1),
  })
  expect(await reasonOf(gap)).toBe('order')
})

test('N8: bytes that are no such file, or too many, are refused and not taken for one', async () => {
  const long = new Uint8Array(MAX_SIGNED_FILE_BYTES + 1)
  for (const bytes of [new Uint8Array(), new Uint8Array(40), (await file()).slice(1), long]) {
    expect(isSignedFile(bytes)).toBe(false)
    expect(await checkSigned(bytes)).toEqual({ type: 'refused', reason: 'form' })
  }
})

const spaced = (bytes: Uint8Array) =>
  bytesToHex(bytes)
    .match(/.{1,4}/gu)!
    .join(' ')

test('N8: says who signed which words, by which accounts, and which of them the reader has not named', async () => {
  const verdict = await checkSigned(await file())
  const [practice, person] = [clinic.state.account, patient.state.account].map(spaced)
  const { code, text } = reportOfSigned(verdict, [bytesToHex(clinic.state.account)])
  expect(code).toBe(2)
  expect(text.split('\n')[0]).toBe('HOLDS, under accounts that you have not named as trusted')
  expect(text).toContain(`Record ${spaced(RECORD)} of notes, version ${spaced(revision(0))}\n`)
  expect(text).toContain("  Dr. A (physician) signed as author, at 2026-11-22T09:30:00.000Z by the signer's clock\n")
  expect(text).toContain(
    `  The person of account ${person} confirmed having read it: "Read it twice", read in en, at 2026-11-22T09:30:00.000Z by`,
  )
  expect(text).toContain('  What was signed, word for word:\n    {\n')
  expect(text).toContain('"dose": 1.10')
  expect(text).toContain(
    [
      'Whose accounts',
      `  ${practice}  (you trust it)`,
      `  ${person}  (NOT among those you named)`,
      '',
      'Compare these with what you got from the practice or the person, then name them:',
      `  --trust "${person}"`,
      '',
    ].join('\n'),
  )
  const both = reportOfSigned(verdict, [practice!, person!])
  expect(both.code).toBe(0)
  expect(both.text.startsWith('HOLDS\n\nRecord')).toBe(true)
  expect(both.text).not.toContain('NOT among')
  expect(both.text).not.toContain('--trust')
  const none = reportOfSigned(verdict, []).text
  expect(none).toContain(`--trust "${practice}" --trust "${person}"`)
})

test('N8: says why a file does not hold, each reason in other words', () => {
  const reasons = [
    'form',
    'unsigned',
    'account',
    'version',
    'text',
    'head',
    'device-not-live',
    'signer',
    'role',
  ] as const
  const texts = [...reasons, 'name' as const, 'order' as const].map((reason) => {
    const { code, text } = reportOfSigned({ type: 'refused', reason }, [])
    expect(code).toBe(1)
    expect(text).toMatch(new RegExp(`^DOES NOT HOLD\n\n[A-Z].{20,}\\. \\(${reason}\\)\nIt proves nothing\\.\n$`, 'u'))
    return text
  })
  expect(new Set(texts).size).toBe(11)
})

test('N8: what each signature means is said in its own words, and the whole text is what people read', async () => {
  const words = {
    author: 'signed as author',
    'co-sign': 'signed as well',
    review: 'reviewed it',
    approve: 'approved it',
    acknowledge: 'confirmed having read it',
    decline: 'declined to sign',
  } as const
  for (const [meaning, did] of Object.entries(words)) {
    const { statement } = await signed(clinic, 0, null, { meaning: meaning as keyof typeof words })
    const roles: ContentStatement['signer'] = { ...statement.signer!, roles: ['admin', 'physician'] }
    const verdict: ProvedSigned = {
      type: 'holds',
      collection: 'notes',
      record: RECORD,
      versions: [{ revision: revision(0), text: '{"dose":1.10}', signatures: [{ ...statement, signer: roles }] }],
      accounts: [clinic.state.account],
    }
    expect(reportOfSigned(verdict, [bytesToHex(clinic.state.account)])).toEqual({
      code: 0,
      text: [
        'HOLDS',
        '',
        `Record ${spaced(RECORD)} of notes, version ${spaced(revision(0))}`,
        `  Dr. A (admin, physician) ${did}, at 2026-11-22T09:30:00.000Z by the signer's clock`,
        '  What was signed, word for word:',
        '    {',
        '      "dose": 1.10',
        '    }',
        '',
        'Whose accounts',
        `  ${spaced(clinic.state.account)}  (you trust it)`,
        '',
      ].join('\n'),
    })
  }
})

test('S8, N8: a file of 32 MiB is looked at, and one byte more is none', async () => {
  const large = 1024 * 1024
  const texts = Array.from({ length: 33 }, (_, at) => ({
    revision: new Uint8Array(16).fill(at),
    text: 'x'.repeat(large),
  }))
  const ofLength = async (length: number) => {
    const shortest = texts.map((each, at) => (at === 32 ? { ...each, text: 'x'.repeat(70_000) } : each))
    const over = (await file(() => ({ versions: shortest.slice(1) }))).length - length
    const last = 'x'.repeat(70_000 - over)
    return file(() => ({ versions: shortest.slice(1).map((each, at) => (at === 31 ? { ...each, text: last } : each)) }))
  }
  const fits = await ofLength(MAX_SIGNED_FILE_BYTES)
  expect(fits).toHaveLength(MAX_SIGNED_FILE_BYTES)
  expect(isSignedFile(fits)).toBe(true)
  expect(await checkSigned(fits)).toEqual({ type: 'refused', reason: 'text' })
  const beyond = await ofLength(MAX_SIGNED_FILE_BYTES + 1)
  expect(beyond).toHaveLength(MAX_SIGNED_FILE_BYTES + 1)
  expect(isSignedFile(beyond)).toBe(false)
  expect(await checkSigned(beyond)).toEqual({ type: 'refused', reason: 'form' })
})
