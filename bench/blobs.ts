/**
 * `npm run bench -- blobs [--megabytes 256] [--rounds 3] [--write]`: a file sealed, sent and fetched by two devices through the real server,
 * next to plain copying of the same bytes over Fastify with AES-256-GCM of node:crypto, in one run on loopback, in turns.
 */
import { createHash, randomFillSync } from 'node:crypto'
import { closeSync, createReadStream, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { installNative } from '@chartkeep/crypto/native'
import { copyPlainly } from './blobs/control.ts'
import { takeThrough, type FileRun } from './blobs/ours.ts'
import { median, ms, print, provenance, table, times, writeToDocs } from './support/report.ts'

installNative()

const { values: options } = parseArgs({
  options: {
    megabytes: { type: 'string', default: '256' },
    rounds: { type: 'string', default: '3' },
    write: { type: 'boolean', default: false },
  },
})
const MIB = 1024 * 1024
const size = Number(options.megabytes) * MIB
if (!Number.isInteger(size) || size < MIB) throw new Error('--megabytes takes a number')

const folder = mkdtempSync(join(tmpdir(), 'chartkeep-bench-blobs-'))
const file = join(folder, 'file')
const copy = join(folder, 'copy')

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const part of createReadStream(path)) hash.update(part as Buffer)
  return hash.digest('hex')
}

try {
  const out = openSync(file, 'w')
  for (let at = 0; at < size; at += MIB) writeSync(out, randomFillSync(Buffer.alloc(MIB)))
  closeSync(out)
  const truth = await hashOf(file)
  const rounds: { ours: FileRun; control: FileRun }[] = []
  for (let round = 0; round < Number(options.rounds); round++) {
    const control = await copyPlainly(file, size, copy)
    if ((await hashOf(copy)) !== truth) throw new Error('the control brought other bytes')
    const ours = await takeThrough(file, copy)
    if ((await hashOf(copy)) !== truth) throw new Error('ours brought other bytes')
    rounds.push({ ours, control })
    print(
      `round ${round + 1}: send ${ms(ours.sendMs)} / ${ms(control.sendMs)}, fetch ${ms(ours.fetchMs)} / ${ms(control.fetchMs)}`,
    )
  }
  const of = (pick: (run: FileRun) => number) => ({
    ours: median(rounds.map(({ ours }) => pick(ours))),
    control: median(rounds.map(({ control }) => pick(control))),
    ratio: median(rounds.map(({ ours, control }) => pick(ours) / pick(control))),
  })
  const line = (what: string, { ours, control, ratio }: ReturnType<typeof of>, show = ms) => [
    what,
    show(ours),
    show(control),
    times(ratio),
  ]
  const seal = median(rounds.map(({ ours }) => ours.sealMs))
  const rate = (value: number) => `${Math.round(size / 1e6 / (value / 1000))} MB/s`
  const markdown = [
    `A file of ${options.megabytes} MiB, median of ${options.rounds} rounds. ${provenance(`npm run bench -- blobs --megabytes ${options.megabytes} --rounds ${options.rounds}`)}.`,
    table(
      ['', 'Chartkeep', 'plain copy', 'ratio'],
      [
        ['hash, seal, keep on the own disk (ms)', ms(seal), '-', '-'],
        line(
          'send until flushed at the server (ms)',
          of(({ sendMs }) => sendMs),
        ),
        line(
          'from the file to the server, all (ms)',
          of(({ sealMs, sendMs }) => sealMs + sendMs),
        ),
        line(
          'fetch, verify, keep sealed, write (ms)',
          of(({ fetchMs }) => fetchMs),
        ),
        line(
          'server CPU (s)',
          of(({ serverCpu }) => serverCpu),
          (value) => value.toFixed(2),
        ),
      ],
    ),
    `Rates: seal ${rate(seal)}, send ${rate(of(({ sendMs }) => sendMs).ours)}, fetch ${rate(of(({ fetchMs }) => fetchMs).ours)}.`,
  ].join('\n\n')
  print(markdown)
  if (options.write) await writeToDocs('blobs', markdown)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
process.exit(0)
