/**
 * The same faults against this project's sync machine and against the control, RxDB's replicateRxCollection with modifiers that seal: the table of
 * docs/faults.md, printed, and held to. The control runs in processes of its own.
 *
 * In a process of its own (vitest.config.ts).
 * @vitest-environment-options { "alone": "control" }
 */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { FAULTS, runOurs, tableOf, type ControlResult } from '../../support/fault-script.ts'

const PROGRAM = join(import.meta.dirname, '../../support/control-faults.ts')
const PAGE = join(import.meta.dirname, '../../../docs/faults.md')

/** The replication behind it stays hanging, and an error that nobody catches may end the process. */
const DEADLY = 'a record that does not open'

async function runControl(names: string[]): Promise<Map<string, ControlResult>> {
  const child = spawn(process.execPath, [PROGRAM, ...names], { stdio: ['ignore', 'pipe', 'pipe'] })
  const parts: string[] = []
  const errors: string[] = []
  child.stdout.on('data', (part: Buffer) => parts.push(part.toString()))
  child.stderr.on('data', (part: Buffer) => errors.push(part.toString()))
  await new Promise((resolve) => child.once('close', resolve))
  const lines = parts.join('').split('\n')
  const results = lines.flatMap((line) =>
    line.startsWith('{') ? [JSON.parse(line) as ControlResult & { fault: string }] : [],
  )
  if (results.length !== names.length)
    throw new Error(`the control printed ${results.length} results: ${errors.join('')}`)
  return new Map(results.map((result) => [result.fault, result]))
}

let controls: Promise<Map<string, ControlResult>>[] = []
beforeAll(() => {
  const others = FAULTS.map(({ name }) => name).filter((name) => name !== DEADLY)
  controls = [runControl(others), runControl([DEADLY])]
})

const rows: { name: string; ours: string; control: string }[] = []
afterAll(() => console.log(tableOf(rows)))

test.each(FAULTS.map((fault) => [fault.name, fault] as const))(
  'P6: %s: ours and the control end as the table says',
  async (name, fault) => {
    const ours = await runOurs(fault)
    const results = await Promise.all(controls)
    const row = { name, ours, control: fault.control(results.find((each) => each.has(name))!.get(name)!) }
    rows.push(row)
    expect({ ours: row.ours, control: row.control }).toEqual(fault.expected)
  },
)

test('P6: docs/faults.md shows this very table', () => {
  const cells = (line: string) => line.split('|').map((cell) => cell.trim())
  const shown = readFileSync(PAGE, 'utf8').split('\n').map(cells)
  for (const { name, expected } of FAULTS) expect(shown).toContainEqual(['', name, expected.ours, expected.control, ''])
})
