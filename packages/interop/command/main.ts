/**
 * The command `npm run convert -- FILE...`: says what an import would write, by the code that the app imports with. It
 * needs no account, no server and no network. What it read goes to standard output and nowhere else: messages on
 * standard error name files and reasons, never content.
 */
import { openAsBlob, readdirSync, readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { readIssuerDirectory, type KnownIssuer } from '../src/cards/index.ts'
import { conversionOf, readFiles, type ImportRead } from '../src/index.ts'
import type { Conversion } from '../src/out/conversion.ts'

const USAGE = `npm run convert -- [--fhir | --counts] [--issuers FILE] FILE...

Reads files of health records and prints as JSON what an import would write. An archive means the files in it. So
does a folder; its files are read together, and a reference that one does not answer is answered by the others.

--fhir     prints one FHIR R4 Bundle of all records instead
--issuers  issuers of SMART Health Cards whom you trust, with their keys: a snapshot of the VCI directory
--counts   prints one line for each folder or file of the command: files, records, refusals, failures, and what a
           second import of each file would bring

Exit code 0: each file was read. 1: at least one was refused or could not be opened. 2: the command was not understood.
`

type Opened = { path: string; read: ImportRead; converted: Conversion } | { path: string; fault: string }

/** The files that a path stands for, in the order of their names. Links are not followed inside a folder. */
function* filesIn(path: string): Generator<string> {
  const at = resolve(process.env['INIT_CWD'] ?? '.', path)
  if (statSync(at, { throwIfNoEntry: false })?.isDirectory() !== true) return yield path
  for (const entry of readdirSync(at, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.isDirectory()) yield* filesIn(join(path, entry.name))
    else if (entry.isFile()) yield join(path, entry.name)
  }
}

/** Issuers of `--issuers`. */
let cardIssuers: readonly KnownIssuer[] = []

/** Files of one folder are read together up to so many bytes: all that was read is in memory at once. */
const TOGETHER_BYTES = 512 * 1024 * 1024

/** The files of a path as they are read together. */
async function open(paths: readonly string[]): Promise<Opened[]> {
  const found = await Promise.all(paths.map(blobAt))
  const readable = found.filter((each) => 'source' in each)
  const isTooMuch = readable.reduce((sum, { source }) => sum + source.size, 0) > TOGETHER_BYTES
  const groups = isTooMuch ? readable.map((each) => [each]) : [readable]
  const opened = new Map<string, Opened>()
  for (const group of groups) {
    const reads = await readFiles(group, { cardIssuers })
    for (const [at, { name }] of group.entries()) {
      const read = reads?.[at]
      if (read === undefined) opened.set(name, { path: name, fault: 'Reading was stopped.' })
      else opened.set(name, { path: name, read, converted: conversionOf(read) })
    }
  }
  return found.map((each) => ('fault' in each ? each : opened.get(each.name)!))
}

async function blobAt(path: string): Promise<{ name: string; source: Blob } | { path: string; fault: string }> {
  // npm runs scripts in the folder of package.json; INIT_CWD is where the person was.
  const at = resolve(process.env['INIT_CWD'] ?? '.', path)
  const stat = statSync(at, { throwIfNoEntry: false })
  if (stat === undefined) return { path, fault: 'There is no such file.' }
  if (!stat.isFile()) return { path, fault: 'This is no ordinary file.' }
  return { name: path, source: await openAsBlob(at) }
}

/** Waits while the reader of a pipe is slower than we are. */
async function print(text: string): Promise<void> {
  if (!process.stdout.write(text)) await new Promise((ready) => process.stdout.once('drain', ready))
}

async function printConversions(paths: readonly string[]): Promise<boolean> {
  let allRead = true
  let separator = ''
  await print('{\n"files": [')
  for await (const opened of openedIn(paths)) {
    const { path } = opened
    const ok = wasRead(opened)
    allRead &&= ok
    const told = 'fault' in opened ? { fault: opened.fault } : opened.converted
    const entry = { file: path, outcome: ok ? 'read' : 'refused', ...told }
    await print(`${separator}\n${JSON.stringify(entry, null, 1)}`)
    separator = ','
  }
  await print('\n]\n}\n')
  return allRead
}

/** What each path holds: a file by itself, the files of a folder together. */
async function* openedIn(paths: readonly string[]): AsyncGenerator<Opened> {
  for (const path of paths) yield* await open([...filesIn(path)])
}

/** Records as the files have them, each once. */
async function printBundle(paths: readonly string[]): Promise<boolean> {
  let allRead = true
  let separator = ''
  const written = new Set<string>()
  await print('{"resourceType":"Bundle","type":"collection","entry":[')
  for await (const opened of openedIn(paths)) {
    const { path } = opened
    const ok = wasRead(opened)
    allRead &&= ok
    if ('fault' in opened) process.stderr.write(`${path}: ${opened.fault}\n`)
    else
      for (const { scope, place, type, words } of opened.converted.refused)
        process.stderr.write(`${path}${scope === 'file' ? '' : `, entry ${place} ${type}`.trimEnd()}: ${words}\n`)
    for (const { text, fullUrl, identity, canonicalHash } of 'fault' in opened ? [] : opened.read.items) {
      const name = `${identity} ${canonicalHash}`
      if (written.has(name)) continue
      written.add(name)
      const url = /^(?:https?:\/\/|urn:)\S+$/u.test(fullUrl) ? `"fullUrl":${JSON.stringify(fullUrl)},` : ''
      await print(`${separator}\n{${url}"resource":${text}}`)
      separator = ','
    }
  }
  await print('\n]}\n')
  return allRead
}

/** What a chart knows of imported records: the hash by identity, as sync keeps them. */
function importInto(chart: Map<string, string>, { items }: ImportRead): { added: number; corrected: number } {
  let [added, corrected] = [0, 0]
  for (const { identity, canonicalHash, former } of items) {
    const name = [identity, ...former.identities].find((each) => chart.has(each))
    const hash = name === undefined ? '' : chart.get(name)
    if (name === undefined) added += 1
    else if (hash !== canonicalHash && hash !== former.canonicalHash) corrected += 1
    if (hash !== canonicalHash) chart.set(name ?? identity, canonicalHash)
  }
  return { added, corrected }
}

/** A line of counts, tab-separated, for each path of the command. */
async function printCounts(paths: readonly string[]): Promise<boolean> {
  let allWell = true
  await print('path\tfiles\tread\trecords\trefused records\tfailures\tnew again\tchanged again\tkinds\n')
  for (const path of paths) {
    const kinds = new Map<string, number>()
    let [files, read, records, refused, failures, added, corrected] = [0, 0, 0, 0, 0, 0, 0]
    for (const file of filesIn(path)) {
      const [first] = await open([file])
      const [second] = await open([file])
      files += 1
      if (first === undefined || second === undefined || hasFailed(first) || hasFailed(second)) {
        failures += 1
        continue
      }
      const { kind } = first.converted
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
      if (wasRead(first)) read += 1
      records += first.read.items.length
      refused += first.read.refusals.length
      const chart = new Map<string, string>()
      importInto(chart, first.read)
      const again = importInto(chart, second.read)
      added += again.added
      corrected += again.corrected
    }
    allWell &&= failures + added + corrected === 0
    const told = [...kinds].map(([kind, count]) => `${kind} ${count}`).join(', ')
    await print(`${[path, files, read, records, refused, failures, added, corrected, told].join('\t')}\n`)
  }
  return allWell
}

/** Whether the reader itself broke, and not the file. */
function hasFailed(opened: Opened): opened is Extract<Opened, { fault: string }> {
  return 'fault' in opened || opened.converted.refused.some(({ reason }) => reason === 'failed')
}

function wasRead(opened: Opened): boolean {
  return 'read' in opened && opened.read.fileRefusal === null && opened.read.items.length > 0
}

async function run(): Promise<number> {
  let asked
  try {
    asked = parseArgs({
      args: process.argv.slice(2),
      allowPositionals: true,
      options: {
        issuers: { type: 'string' },
        fhir: { type: 'boolean' },
        counts: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    })
  } catch {
    process.stderr.write(USAGE)
    return 2
  }
  if (asked.values.help === true) {
    process.stdout.write(USAGE)
    return 0
  }
  if (asked.positionals.length === 0) {
    process.stderr.write(USAGE)
    return 2
  }
  const directory = asked.values.issuers
  if (directory !== undefined) {
    const path = resolve(process.env['INIT_CWD'] ?? '.', directory)
    const read = statSync(path, { throwIfNoEntry: false })?.isFile() === true ? readFileSync(path, 'utf8') : ''
    const issuers = await readIssuerDirectory(read)
    if (issuers === null) {
      process.stderr.write(`${directory}: no list of issuers could be read.\n`)
      return 2
    }
    cardIssuers = issuers
  }
  if (asked.values.counts === true) return (await printCounts(asked.positionals)) ? 0 : 1
  const { positionals } = asked
  return (await (asked.values.fhir === true ? printBundle(positionals) : printConversions(positionals))) ? 0 : 1
}

// Whoever reads may have had enough (`| head`).
process.stdout.on('error', () => process.exit(1))
process.exitCode = await run()
