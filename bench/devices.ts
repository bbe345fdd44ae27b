/**
 * `npm run bench -- devices [--devices 1000] [--changes 10] [--records 1000,10000] [--only live,rotation] [--write]`: what many live devices
 * cost one server process, how soon they hear of a change and of an end, and that new epochs cost no work per record.
 */
import { parseArgs } from 'node:util'
import { installNative } from '@chartkeep/crypto/native'
import { measureLive, type LiveFigures } from './devices/live.ts'
import { measureRotation, type RotationFigures } from './devices/rotation.ts'
import {
  barTable,
  commandLine,
  median,
  megabytes,
  ms,
  print,
  provenance,
  table,
  times,
  writeToDocs,
  type Bar,
} from './support/report.ts'

const { values: options } = parseArgs({
  options: {
    devices: { type: 'string', default: '1000' },
    changes: { type: 'string', default: '10' },
    records: { type: 'string', default: '1000,10000' },
    cuts: { type: 'string', default: '5' },
    only: { type: 'string', default: 'live,rotation' },
    write: { type: 'boolean', default: false },
  },
})
const only = new Set(options.only.split(','))
installNative()

const largest = (values: readonly number[]) => Math.max(...values)
const spread = (values: readonly number[]) => `${ms(median(values))} (${ms(largest(values))})`

function liveTables({ devices, before, after, idleCpu, hintMs, pulledMs, revokedMs }: LiveFigures) {
  const each = (after - before) / devices
  const rows = [
    ['server with the accounts and their vaults, no socket', megabytes(before)],
    [`with ${devices.toLocaleString('en')} live devices`, megabytes(after)],
    ['memory per live device', `${(each / 1000).toFixed(1)} kB`],
    ['processor time of ten idle seconds', `${ms(idleCpu * 1000)} ms`],
    ['a change: hint at the last of 100 devices (ms)', spread(hintMs)],
    ['a change: pulled by the last of 100 devices (ms)', spread(pulledMs)],
    ['a revocation: until the open socket is closed (ms)', spread(revokedMs)],
  ]
  const bars: Bar[] = [
    {
      what: 'a revocation reaches an open socket, worst',
      figure: largest(revokedMs),
      limit: 100,
      atLeast: false,
      show: (value) => `${ms(value)} ms`,
    },
  ]
  return { markdown: table(['median, in brackets the worst', ''], rows), bars }
}

function rotationTables(figures: RotationFigures[]) {
  const rows = [
    ['one cut, confirmed by the server (ms)', ...figures.map(({ cutMs }) => spread(cutMs))],
    ['processor time of the device (ms)', ...figures.map(({ deviceCpuMs }) => spread(deviceCpuMs))],
    ['processor time of the server (ms)', ...figures.map(({ serverCpuMs }) => spread(serverCpuMs))],
  ]
  const heads = ['20 grantees stay', ...figures.map(({ records }) => `${records.toLocaleString('en')} records`)]
  const [small, large] = [figures[0]!, figures.at(-1)!]
  const bars: Bar[] = [
    {
      what: `new epochs: ${large.records.toLocaleString('en')} records against ${small.records.toLocaleString('en')}, processor time of device and server`,
      figure:
        (median(large.deviceCpuMs) + median(large.serverCpuMs)) /
        (median(small.deviceCpuMs) + median(small.serverCpuMs)),
      limit: 1.3,
      atLeast: false,
      show: times,
    },
  ]
  return { markdown: table(heads, rows), bars }
}

const parts: { markdown: string; bars: Bar[] }[] = []
if (only.has('live')) parts.push(liveTables(await measureLive(Number(options.devices), Number(options.changes))))
if (only.has('rotation')) {
  const figures: RotationFigures[] = []
  for (const records of options.records.split(',').map(Number))
    figures.push(await measureRotation(records, Number(options.cuts)))
  parts.push(rotationTables(figures))
}
const report = [
  provenance(commandLine('devices')),
  ...parts.map(({ markdown }) => markdown),
  barTable(parts.flatMap(({ bars }) => bars)),
].join('\n\n')
print(report)
if (options.write) await writeToDocs('devices', report)
process.exit(0)
