/** The check that ties the pages of attacks and faults to the tests, and the lists of what must be there: none may vanish from its page with its test. */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { attackFaultsOf, rowsOf } from '../../../scripts/check-attacks.mjs'

/** What a hostile server can do, as the plan of the tests lists it, and what issue 4 adds. */
const ATTACKS = [
  'Rollback of a stream',
  'Rollback of one record',
  'Dropped tail',
  'Hole',
  'Reorder',
  'Duplicate number',
  'Fork of two devices, then joined',
  'A deleted record replayed',
  'Splice to another record',
  'Splice to another stream',
  'Splice to another vault',
  'Splice to another epoch',
  'Swapped nonce',
  'Swapped commitment',
  'Wrap of an older epoch',
  'Foreign wrap',
  'Unsolicited key',
  'Swapped grantee key',
  'Extended expiry',
  'Widened scope',
  'Revoked grant resurrected',
  'Revocation withheld',
  'Forged certificate',
  'Expired certificate',
  'Reused certificate',
  'Challenge relayed to another server',
  'Downgrade of KDF, suite, version',
  'Malleable signature',
  'Small-order key',
  'All-zero exchange',
  'Non-canonical header',
  'Huge length prefix',
  'Wrong conflict answer',
  '"Stored" but dropped',
  'Cursor that does not move',
  'Endless empty pages',
  'Every second record poisoned',
  'Audit leaf removed',
  'Audit leaf altered',
  'Audit split view',
  'Stale checkpoint',
  'Blob chunks reordered',
  'Blob chunks truncated',
  'Blob chunks appended',
  'Blob chunks mixed',
  'Current revision shown as a bare hash or as void',
  'Write backdated after a cut',
  'Record id of another stream',
  'Foreign parent',
  'Hidden cut',
  'Old box key',
  'Old recovery kit',
  'Two content keys for one epoch',
  'Different answers for forbidden and absent',
  'Conflict answer with a foreign record',
  'Guessed ids of another tenant',
  'A device stolen unlocked, then removed: adds a device, opens later epochs, writes, with a server that accepts all of it',
]

/** The faults of network, server and device that the plan lists. */
const FAULTS = [
  'Drop',
  'Duplicate',
  'Reorder',
  'Delay',
  'Half-open',
  'Cut mid-frame at every byte',
  '429',
  '500',
  '502',
  'WebSocket stripped',
  'Truncated body',
  'Swapped responses',
  'Reconnect storm',
  'Kill -9 under load',
  'Kill -9 at every write boundary',
  'Disk full',
  'EIO',
  'Bit flip',
  'Truncated tail',
  "Yesterday's backup restored",
  'Two processes on one file',
  'Kill between any two writes',
  'Quota exceeded',
  'IndexedDB blocked',
  'IndexedDB evicted',
  'Frozen tab',
  'Two tabs',
  '30 days asleep',
  'Clock stepped back and forward',
  'Keyring gone',
  'A peer with a newer schema',
]

const page = (...rows: string[]) => ['| Attack | Shown by |', '| - | - |', ...rows].join('\n')
const faults = (markdown: string, tests: Record<string, string[]>) =>
  attackFaultsOf(rowsOf(markdown, 'a.md'), (file) => tests[file] ?? null)

test.each([
  ['docs/threat-model.md', ATTACKS],
  ['docs/faults.md', FAULTS],
])('every case of the plan is a row of %s that names a test', (file, cases) => {
  const rows = rowsOf(readFileSync(resolve(import.meta.dirname, '../../..', file), 'utf8'), file)
  const shown = rows.filter(({ proofs }) => proofs.length > 0).map(({ attack }) => attack)
  expect(cases.filter((each) => !shown.includes(each))).toEqual([])
})

describe('a row', () => {
  test('holds where the file has one test whose name begins so, or tests of the rules', () => {
    const rows = page(
      '| Hole | `test/a.test.ts` "S4: a hole"; `test/b.test.ts` (S4, E6) |',
      '| "Stored" but dropped | `test/a.test.ts` "S3: "stored" but" |',
      '| Keeps a copy | none: it cannot be prevented |',
    )
    const tests = {
      'test/a.test.ts': ['S4: a hole is refused', 'S3: "stored" but dropped'],
      'test/b.test.ts': ['S4, E6'],
    }
    expect(faults(rows, tests)).toEqual([])
  })

  test.each([
    ['whose test is gone', '| Hole | `test/a.test.ts` "S4: a hill" |', '0 tests of test/a.test.ts have a name'],
    ['whose name fits two tests', '| Hole | `test/a.test.ts` "S4" |', '2 tests of test/a.test.ts have a name'],
    ['whose file is gone', '| Hole | `test/z.test.ts` "S4" |', 'names test/z.test.ts, which is not there'],
    ['whose rule no test names', '| Hole | `test/a.test.ts` (S4, K9) |', 'no test of test/a.test.ts names K9'],
    ['without a test', '| Hole | surely |', 'names no test'],
  ])('%s is a fault', (_, row, fault) => {
    const found = faults(page(row), { 'test/a.test.ts': ['S4: a hole is refused', 'S4: entries'] })
    expect(found).toHaveLength(1)
    expect(found[0]).toContain(fault)
  })

  test('a page without any is a fault, and other tables are none of its business', () => {
    expect(faults('| Who | What |\n| - | - |\n| a | b |', {})).toHaveLength(1)
  })
})
