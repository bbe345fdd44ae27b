/** What a proof says (A4): the whole text as people read it, whose word it is, and what a hostile text cannot do to a terminal. */
import { sha256 } from '@chartkeep/crypto/hash'
import { ZERO_HASH } from '@chartkeep/protocol'
import { ACCESS_KINDS } from '@chartkeep/protocol/testing'
import { fingerprintsOf, reportOf, reportOfSigned, type Proved, type ProofVerdict } from 'chartkeep-verify'
import { describe, expect, test } from 'vitest'
import { countingBytes } from '../../support/vectors.ts'

type Entry = Extract<Proved['subject'], { type: 'entry' }>
type Note = Extract<Proved['subject'], { type: 'access' }>['entry']

const author = countingBytes(16, 0x10)
const serverKey = countingBytes(32, 1)
const header: Entry['header'] = {
  vault: countingBytes(16, 0x80),
  stream: countingBytes(16, 0x30),
  doc: countingBytes(16, 0x40),
  revision: countingBytes(16, 0x50),
  parent: ZERO_HASH,
  merged: [],
  epoch: 1,
  account: author,
  device: countingBytes(16, 0x20),
  deviceSeq: 1,
  devicePrevious: ZERO_HASH,
  control: { n: 1, h: ZERO_HASH },
  accountLog: { n: 1, h: ZERO_HASH },
  streamHead: { n: 0, h: ZERO_HASH },
  voids: 0,
  deleted: false,
  paddedLength: 256,
}
const note: Note = {
  v: 1,
  vault: header.vault,
  n: 12,
  prev: ZERO_HASH,
  time: Date.UTC(2026, 10, 21, 9, 30),
  kind: 'pull',
  outcome: 'ok',
  account: author,
  device: header.device,
  address: '192.0.2.3',
  streams: [{ stream: header.stream, first: 4, last: 9, count: 5 }],
  blob: null,
  bytes: 1003,
  unlogged: 0,
}
const resource = '{"resourceType":"AuditEvent","n":1.10,"list":[1e3,{"a":null}],"text":"say \\"1, {2}: [3]\\""}'
const entry: Entry = { type: 'entry', header, n: 7, resource, savedAt: Date.UTC(2026, 10, 20), addedAt: 5 }
const proved = (subject: Proved['subject'], witnesses: Proved['witnesses'] = []): Proved => ({
  type: 'holds',
  vault: header.vault,
  serverKey,
  checkpoint: {
    vault: header.vault,
    size: 40,
    root: ZERO_HASH,
    time: Date.UTC(2026, 10, 21, 10),
    note: { text: '', signatures: [] },
  },
  index: 4,
  subject,
  witnesses,
})
const server = Buffer.from(sha256(serverKey)).toString('hex')
const ofNote = (fields: Partial<Note>, trust: string[] = []) =>
  reportOf(proved({ type: 'access', entry: { ...note, ...fields } }), trust).text

describe('A4: the whole report', () => {
  test('A4: of a record says what was proved, what the server signed, who saw the same, and whose keys', () => {
    const witness = { account: author, device: countingBytes(16, 0x60), at: Date.UTC(2026, 10, 21, 11) }
    const { text, code } = reportOf(proved(entry, [witness]), [
      server.slice(0, 16),
      '10111213 14151617-18191A1B:1c1d1e1f',
    ])
    expect(code).toBe(0)
    expect(text).toBe(`HOLDS

What it proves: a device wrote this entry into an audit log, and it was not changed since.
  Account: 1011 1213 1415 1617 1819 1a1b 1c1d 1e1f
  Device: 2021 2223 2425 2627 2829 2a2b 2c2d 2e2f
  Written at 2026-11-20T00:00:00.000Z by that device's clock
  Log: 3031 3233 3435 3637 3839 3a3b 3c3d 3e3f, number 7; record 4041 4243 4445 4647 4849 4a4b 4c4d 4e4f
  What it says, word for word:
    {
      "resourceType": "AuditEvent",
      "n": 1.10,
      "list": [
        1e3,
        {
          "a": null
        }
      ],
      "text": "say \\"1, {2}: [3]\\""
    }

What the server signed
  A log of 40 entries, in which this is number 5.
  Head signed at 2026-11-21T10:00:00.000Z by the server's clock: the entry was there by then.
  Chart: 8081 8283 8485 8687 8889 8a8b 8c8d 8e8f
  Device 6061 6263 6465 6667 6869 6a6b 6c6d 6e6f of account 1011 1213 1415 1617 1819 1a1b 1c1d 1e1f saw the same head at 2026-11-21T11:00:00.000Z.

Whose keys
  Server: ${server.slice(0, 16).replaceAll(/(....)(?=.)/g, '$1 ')}  (you trust it)
  Account of the author: 1011 1213 1415 1617 1819 1a1b 1c1d 1e1f  (you trust it)
  Account of a witness: 1011 1213 1415 1617 1819 1a1b 1c1d 1e1f  (you trust it)
`)
  })

  test('A4: of a note says who asked for what, from where, and how to name a server that was not named', () => {
    const { text, code } = reportOf(proved({ type: 'access', entry: note }), [])
    const shortKey = server.slice(0, 16).replaceAll(/(....)(?=.)/g, '$1 ')
    expect(code).toBe(2)
    expect(text).toBe(`HOLDS, under keys that you have not named as trusted

What it proves: the server wrote this note into the chart's access log, and it was not changed since.
  Account 1011 1213 1415 1617 1819 1a1b 1c1d 1e1f
  on device 2021 2223 2425 2627 2829 2a2b 2c2d 2e2f
  from the network address 192.0.2.3
  asked for entries and got an answer, at 2026-11-21T09:30:00.000Z by the server's clock.
  Note number 12; 1003 sealed bytes went over.
  Log 3031 3233 3435 3637 3839 3a3b 3c3d 3e3f: numbers 4 to 9 (5 entries)

What the server signed
  A log of 40 entries, in which this is number 5.
  Head signed at 2026-11-21T10:00:00.000Z by the server's clock: the entry was there by then.
  Chart: 8081 8283 8485 8687 8889 8a8b 8c8d 8e8f

Whose keys
  Server: ${shortKey}  (NOT among those you named)

Compare these fingerprints with those that you got from the people themselves, then name them:
  --trust "${shortKey}"
`)
  })

  test('A4: names each key that is missing, and a witness that nobody named takes nothing away', () => {
    const witness = { account: countingBytes(16, 0x70), device: header.device, at: 1 }
    const { text, code } = reportOf(proved(entry, [witness, witness]), [])
    const shortKey = server.slice(0, 16).replaceAll(/(....)(?=.)/g, '$1 ')
    expect(code).toBe(2)
    expect(text).toContain(`  --trust "${shortKey}" --trust "1011 1213 1415 1617 1819 1a1b 1c1d 1e1f"\n`)
    expect(reportOf(proved(entry, [witness]), [server, Buffer.from(author).toString('hex')]).code).toBe(0)
    expect(fingerprintsOf(proved(entry, [witness, witness]), [])).toEqual([
      { role: 'server', text: shortKey, trusted: false, needed: true },
      { role: 'author', text: '1011 1213 1415 1617 1819 1a1b 1c1d 1e1f', trusted: false, needed: true },
      { role: 'witness', text: '7071 7273 7475 7677 7879 7a7b 7c7d 7e7f', trusted: false, needed: false },
    ])
  })
})

describe('A4: a proof that does not hold', () => {
  const reasons: [Extract<ProofVerdict, { type: 'refused' }>['reason'], string][] = [
    ['form', 'This is not a proof file of Chartkeep, or it was changed or cut off.'],
    ['checkpoint', 'The signed head in it is not a head of this chart.'],
    ['server-signature', "The server's signature on the head does not hold."],
    ['envelope', "The entry's header cannot be read, or belongs to another chart."],
    ['opening', 'The entry does not open with the key that comes with it.'],
    ['inner', 'What is sealed inside the entry is not the record that its header names.'],
    ['author', 'The account log does not show the device that signed as one of that account at that time.'],
    ['author-signature', "The device's signature on the entry does not hold."],
    ['note', "The server's note cannot be read, or belongs to another chart."],
    ['tree', 'The entry does not stand in the log under the head that the server signed.'],
    ['witness', 'A signature of a witness does not hold, or nobody stands behind it.'],
  ]
  test.each(reasons)('A4: because of its %s says so, and that it proves nothing', (reason, words) => {
    const { text, code } = reportOf({ type: 'refused', reason }, [server])
    expect([code, text]).toEqual([1, `DOES NOT HOLD\n\n${words}\nIt proves nothing.\n`])
  })
})

describe('A4: what the server noted, in words', () => {
  const words: Record<string, string> = {
    pull: 'asked for entries',
    bodies: 'asked for the text of entries',
    push: 'sent entries',
    'control-read': 'read who may see the chart',
    'control-write': 'changed who may see the chart',
    'chunk-read': 'asked for a piece of a file',
    'chunk-write': 'sent a piece of a file',
    'late-write': 'sent entries after the end of a share',
    'late-read': 'asked for what arrived after the end of a share',
    departure: 'reported that a copy was removed',
    emergency: 'opened the chart in an emergency',
  }
  test.each([...ACCESS_KINDS])('A2, A4: %s has words of its own', (kind) => {
    expect(ofNote({ kind })).toContain(`\n  ${words[kind]} and got an answer, at `)
  })

  test('A4: a word of a newer server, a refusal, and an address that was not seen are shown as they are', () => {
    for (const kind of ['teleport', 'constructor', 'toString'])
      expect(ofNote({ kind })).toContain(`\n  asked for something else (${kind}) and got an answer, at `)
    expect(ofNote({ outcome: 'no-right' })).toContain('asked for entries and was refused (no-right), at ')
    expect(ofNote({ address: '' })).toContain('from the network address that was not seen\n')
    expect(ofNote({ streams: [] })).not.toContain('  Log ')
  })

  test('A4: a time that no calendar has is said to be one', () => {
    expect(ofNote({ time: Number.MAX_SAFE_INTEGER })).toContain("at an impossible time by the server's clock.")
  })
})

describe('A4: text of others', () => {
  test('A4: characters that move, hide or colour text are shown as escapes, everywhere', () => {
    const hostile = 'a\u0007\u001b[2J\u202e\u2028\u2029\u200bb'
    const shown = String.raw`a\u{7}\u{1b}[2J\u{202e}\u{2028}\u{2029}\u{200b}b`
    expect(ofNote({ outcome: hostile })).toContain(`was refused (${shown})`)
    expect(ofNote({ kind: hostile })).toContain(`something else (${shown})`)
    expect(ofNote({ address: hostile })).toContain(`network address ${shown}\n`)
    // No JSON, which is told as it is; and JSON that may hold such characters as they are.
    expect(reportOf(proved({ ...entry, resource: `{"a":"${hostile}"}` }), []).text).toContain(`{"a":"${shown}"}`)
    expect(reportOf(proved({ ...entry, resource: '{"a":"\u009b2J\u202eb"}' }), []).text).toContain(
      String.raw`"a": "\u{9b}2J\u{202e}b"`,
    )
  })

  test('A4: JSON is shown with every character that it has, in lines', () => {
    const text = reportOf(proved({ ...entry, resource: '{ "a" : [ ] , "b\\\\" : true,"c":-0.50 }' }), []).text
    expect(text).toContain('    {\n      "a": [\n        \n      ],\n      "b\\\\": true,\n      "c": -0.50\n    }\n')
  })
})

describe('A4: texts made to do harm', () => {
  test('A4: a line break in a word of a server adds no line to the report', () => {
    const forged = '\n  Server: 0000 0000 0000 0000  (you trust it)'
    for (const field of ['address', 'outcome', 'kind'] as const) {
      const text = ofNote({ [field]: forged } as Partial<Note>)
      expect(text).toContain('\\u{a}  Server: 0000')
      expect(text).not.toContain(forged)
    }
  })

  test('A4: a record of many thousand lists within one another is told in lines of bounded length', () => {
    const deep = '['.repeat(150_000) + ']'.repeat(150_000)
    const { text } = reportOf(proved({ ...entry, resource: deep }), [])
    expect(text.length).toBeLessThan(80_000_000)
    expect(text.split('\n').every((line) => line.length < 200)).toBe(true)
  })

  test('N8: a signed text that is no JSON, or closes more than it opens, is told as it is', () => {
    for (const text of [']]]}', '{"a":"b', 'two  words "and a quote']) {
      const report = reportOfSigned(
        {
          type: 'holds',
          collection: 'notes',
          record: author,
          versions: [{ revision: author, text, signatures: [] }],
          accounts: [],
        },
        [],
      )
      expect(report.text).toContain(`\n    ${text}\n`)
    }
  })
})
