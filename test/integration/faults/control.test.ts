/**
 * The same faults against this project's sync machine and against the control, RxDB's replicateRxCollection with modifiers that seal: the table of
 * docs/faults.md, printed, and held to. The control runs in a process of its own for each fault.
 */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { FAULTS, runOurs, tableOf, type ControlResult } from '../../support/fault-script.ts'

const PROGRAM = join(import.meta.dirname, '../../support/control-faults.ts')
const PAGE = join(import.meta.dirname, '../../../docs/faults.md')

/** Some seconds of RxDB's own start are shared: two processes at a time. */
async function runControl(name: string): Promise<ControlResult> {
  const child = spawn(process.execPath, [PROGRAM, name], { stdio: ['ignore', 'pipe', 'pipe'] })
  const parts: string[] = []
  const errors: string[] = []
  child.stdout.on('data', (part: Buffer) => parts.push(part.toString()))
  child.stderr.on('data', (part: Buffer) => errors.push(part.toString()))
  await new Promise((resolve) => child.once('close', resolve))
  const line = parts.join('').trim().split('\n').at(-1) ?? ''
  if (!line.startsWith('{')) throw new Error(`the control printed no result: ${parts.join('')} ${errors.join('')}`)
  return JSON.parse(line) as ControlResult
}

const rows: { name: string; ours: string; control: string }[] = []
afterAll(() => console.log(tableOf(rows)))

test.each(FAULTS.map((fault) => [fault.name, fault] as const))(
  'P6: %s: ours and the control end as the table says',
  async (name, fault) => {
    const [ours, control] = await Promise.all([runOurs(fault), runControl(name)])
    const row = { name, ours, control: fault.control(control) }
    rows.push(row)
    expect({ ours: row.ours, control: row.control }).toEqual(fault.expected)
  },
)

test('P6: docs/faults.md shows this very table', () => {
  const cells = (line: string) => line.split('|').map((cell) => cell.trim())
  const shown = readFileSync(PAGE, 'utf8').split('\n').map(cells)
  for (const { name, expected } of FAULTS) expect(shown).toContainEqual(['', name, expected.ours, expected.control, ''])
})
