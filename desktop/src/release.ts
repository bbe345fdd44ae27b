/**
 * The feed of updates: one signed note (https://c2sp.org/signed-note) that names a version, its files with size and SHA-256, the least version that may
 * update to it, and the root of the web build inside. A release key that is kept offline signs it; the system's own signature of an
 * installer comes in addition. Pure: no network and no disk.
 */
import { readNote, verifyNote } from '@chartkeep/protocol/signed'

/** The name under which releases are signed. */
export const RELEASE_NAME = 'chartkeep-release'
const FORMAT = 'chartkeep-release/v1'
/** No installer is near it. */
const MOST_BYTES = 1024 * 1024 * 1024

export interface ReleaseFile {
  /** Such as `linux-x64`; `process.platform` and `process.arch`. */
  target: string
  name: string
  sizeBytes: number
  /** 64 hexadecimal digits. */
  sha256: string
}

export interface Release {
  version: string
  /** The least version that may update to this one by itself. */
  from: string
  /** The root of the web build (build.json), 64 hexadecimal digits. */
  appRoot: string
  files: ReleaseFile[]
}

/**
 * What a feed says to this program. `unsigned`: no key that we know signed it, so nothing in it was read as true. `older`: it names a version before
 * ours, as a server would that wants an old fault back. `too-far`: ours is older than the release can update.
 */
export type Offer =
  | { type: 'update'; release: Release; file: ReleaseFile }
  | { type: 'current' }
  | { type: 'older' | 'unsigned' | 'unreadable' | 'too-far' | 'no-file' }

/** Compares `1.2.3` with `1.10.0` by numbers: negative where `a` is older. Both must be versions. */
export function compareVersions(a: string, b: string): number {
  const left = a.split('.').map(Number)
  const right = b.split('.').map(Number)
  for (let part = 0; part < 3; part += 1) {
    const difference = (left[part] ?? 0) - (right[part] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

/** The text of a release, as it is signed. */
export function releaseText({ version, from, appRoot, files }: Release): string {
  const lines = files.map(({ target, name, sizeBytes, sha256 }) => `file ${target} ${sizeBytes} ${sha256} ${name}`)
  return `${[FORMAT, `version ${version}`, `from ${from}`, `app ${appRoot}`, ...lines].join('\n')}\n`
}

/** Reverses {@link releaseText}; null for any other spelling. */
export function readRelease(text: string): Release | null {
  const [format, version, from, app, ...rest] = text.split('\n')
  const files = rest.slice(0, -1).map(readFileLine)
  if (format !== FORMAT || files.length === 0 || files.includes(null)) return null
  const release = {
    version: version?.replace(/^version /u, '') ?? '',
    from: from?.replace(/^from /u, '') ?? '',
    appRoot: app?.replace(/^app /u, '') ?? '',
    files: files as ReleaseFile[],
  }
  const isVersion = (given: string) => /^\d{1,6}\.\d{1,6}\.\d{1,6}$/u.test(given)
  const isWhole = isVersion(release.version) && isVersion(release.from) && /^[0-9a-f]{64}$/u.test(release.appRoot)
  return isWhole && releaseText(release) === text ? release : null
}

function readFileLine(line: string): ReleaseFile | null {
  const [, target, size, sha256, name] =
    /^file ([a-z0-9]+-[a-z0-9]+) ([1-9]\d{0,9}) ([0-9a-f]{64}) ([A-Za-z0-9][\w.-]{0,99})$/u.exec(line) ?? []
  if (target === undefined || sha256 === undefined || name === undefined || Number(size) > MOST_BYTES) return null
  return { target, name, sizeBytes: Number(size), sha256 }
}

/**
 * @param written - the feed as it was fetched
 * @param keys - Ed25519 public keys of 32 bytes, any of which may sign
 * @param own - the running version and its target
 */
export async function offerOf(
  written: string,
  keys: readonly Uint8Array[],
  own: { version: string; target: string },
): Promise<Offer> {
  const note = readNote(written)
  if (note === null) return { type: 'unreadable' }
  const signed = await Promise.all(keys.map((key) => verifyNote(note, RELEASE_NAME, key)))
  if (!signed.includes(true)) return { type: 'unsigned' }
  const release = readRelease(note.text)
  if (release === null) return { type: 'unreadable' }
  const newer = compareVersions(release.version, own.version)
  if (newer < 0) return { type: 'older' }
  if (newer === 0) return { type: 'current' }
  if (compareVersions(own.version, release.from) < 0) return { type: 'too-far' }
  const file = release.files.find(({ target }) => target === own.target)
  return file === undefined ? { type: 'no-file' } : { type: 'update', release, file }
}
