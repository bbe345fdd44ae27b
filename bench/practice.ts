/**
 * `npm run bench -- practice [--charts 300] [--records 1000] [--write]`: a practice's device with 300 patients' charts, made by the shipped account manager
 * against the shipped server: unlock to the list of patients, a pass, opening a chart, search by name and in all charts, memory. Each next to a
 * named floor in the same run.
 */
import { execFile } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { repository } from '../scripts/pinned-node.mjs'
import { type Figures, preparePractice } from './practice/prepare.ts'
import { commandLine, megabytes, ms, print, provenance, table, times, writeToDocs } from './support/report.ts'

const { values } = parseArgs({
  options: {
    charts: { type: 'string', default: '300' },
    records: { type: 'string', default: '1000' },
    write: { type: 'boolean', default: false },
  },
})
const [charts, records] = [Number(values.charts), Number(values.records)]
if (!(charts >= 5) || !(records >= 1)) throw new Error('--charts takes a number from 5, --records one from 1')

const made = await preparePractice(charts, records, print)
try {
  // What a device had in memory while its charts came is no part of what a member meets in the morning.
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--expose-gc', join(repository, 'bench/practice/measure.ts'), JSON.stringify(made.given)],
    { maxBuffer: 2 ** 24 },
  )
  const found = JSON.parse(stdout.trim().split('\n').at(-1)!) as Figures
  const row = (what: string, { ours, floor }: { ours: number; floor: number }, of: string) => [
    what,
    `${ms(ours)} ms`,
    `${ms(floor)} ms`,
    times(ours / floor),
    of,
  ]
  const report = [
    provenance(commandLine('practice')),
    `### ${charts.toLocaleString('en')} charts of ${records.toLocaleString('en')} records`,
    table(
      ['', 'ours', 'floor', '', 'the floor'],
      [
        row('unlock, to the list of all patients', found.unlock, 'Argon2id of the passphrase, and nothing else'),
        row('a pass in which nothing moved', found.pass, 'what one chart takes of a pass that looks into every chart'),
        row('open a chart, to all its records', found.open, 'its records as one sealed text, opened and parsed'),
        row('find a patient, a keystroke, worst', found.find, 'a plain look at as many names'),
        row(
          `look into ${found.searched} charts, each`,
          found.search,
          'its records as one sealed text, opened, parsed and each looked at',
        ),
      ],
    ),
    'Processor time of the device’s process; medians, of a keystroke the worst. The server is another process on the same machine.',
    table(
      ['resident memory', ''],
      [
        ['the code alone, before the unlock', megabytes(found.memory.before)],
        ['unlocked, with the list of all patients', megabytes(found.memory.list)],
        [
          'after a pass that looked into all, and 20 charts opened, of which four stay open',
          megabytes(found.memory.open),
        ],
        [`after a look into ${found.searched} charts`, megabytes(found.memory.searched)],
        ['for comparison: the texts of all records', megabytes(found.memory.texts)],
      ],
    ),
    `A pass opened ${found.openedByPass} stores beside the practice’s own, one that looks into every chart ${found.openedByLook} and took ${ms(found.lookPass)} ms. The digests of all charts are ${ms(found.digestBytes / 1000)} kB. ${made.note}`,
  ].join('\n\n')
  print(report)
  if (values.write) await writeToDocs('practice', report)
} finally {
  await made.server.stop()
  for (const folder of made.folders) rmSync(folder, { recursive: true, force: true })
}
