/** The command: `chartkeep-verify FILE [--trust FINGERPRINT]...`. Reads one file, asks nobody, exits with 0, 1 or 2 (report.ts). */
import { closeSync, openSync, readSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { checkEvidence, isEvidenceFile } from './check-evidence.ts'
import { checkProof } from './check-proof.ts'
import { checkSigned, isSignedFile } from './check-signed.ts'
import { reportOfEvidence } from './report-evidence.ts'
import { reportOfSigned } from './report-signed.ts'
import { reportOf } from './report.ts'

const USAGE = `chartkeep-verify FILE [--trust FINGERPRINT]...

Checks what was saved from a chart, a proof of an audit log, a signed record or
what a server said against itself: offline, with nothing but the file.
FINGERPRINT: of a server (16 hex digits, as it prints them) or of an account
(32 hex digits); spaces do not matter.

Exit code 0: it holds, and all whom it rests on were named. 1: it does not hold.
2: it holds under keys that were not named, or there was nothing to check.
`

interface Asked {
  file: string
  trust: string[]
}

function readArguments(args: string[]): Asked | null {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: { trust: { type: 'string', multiple: true }, help: { type: 'boolean', short: 'h' } },
    })
    const [file, ...more] = positionals
    if (values.help === true || file === undefined || more.length > 0) return null
    return { file, trust: values.trust ?? [] }
  } catch {
    return null
  }
}

/** One byte more than the largest file that the app writes. */
const MOST_BYTES = 64 * 2 ** 20 + 1

/** A file may be of any length, or without an end. */
function readBeginning(path: string): Uint8Array {
  const file = openSync(path, 'r')
  try {
    const parts: Uint8Array[] = []
    let size = 0
    while (size < MOST_BYTES) {
      const part = new Uint8Array(Math.min(2 ** 20, MOST_BYTES - size))
      const count = readSync(file, part)
      if (count === 0) break
      parts.push(part.subarray(0, count))
      size += count
    }
    return Buffer.concat(parts, size)
  } finally {
    closeSync(file)
  }
}

async function run(): Promise<number> {
  const asked = readArguments(process.argv.slice(2))
  if (asked === null) {
    process.stderr.write(USAGE)
    return 2
  }
  let bytes: Uint8Array
  try {
    bytes = readBeginning(asked.file)
  } catch {
    process.stderr.write(`${asked.file} cannot be read.\n`)
    return 2
  }
  const { text, code } = isEvidenceFile(bytes)
    ? reportOfEvidence(await checkEvidence(bytes), asked.trust)
    : isSignedFile(bytes)
      ? reportOfSigned(await checkSigned(bytes), asked.trust)
      : reportOf(await checkProof(bytes), asked.trust)
  process.stdout.write(text)
  return code
}

process.exitCode = await run()
