/**
 * A file system of a few megabytes (tmpfs) that a test fills up and empties. It lives in a mount namespace that only its processes see,
 * held open by one that sleeps, so it outlives a server and needs no rights that a user lacks where namespaces are allowed.
 */
import { spawn, spawnSync } from 'node:child_process'
import { closeSync, mkdirSync, mkdtempSync, openSync, rmdirSync, rmSync, statfsSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface SmallDisk {
  /** The data folder, as a process that is started {@link within} sees it. */
  data: string
  /** The same folder as this process sees it. */
  outside: string
  /** What a program is started by to see the disk. */
  within: string[]
  /** Bytes that are free. */
  free(): number
  /** Takes what is free, but for about so many bytes. */
  fill(leave?: number): void
  /** Gives it back. */
  empty(): void
  close(): void
}

const mount = (folder: string, size: string, command: string) =>
  [
    'unshare',
    [
      '--user',
      '--map-root-user',
      '--mount',
      'sh',
      '-c',
      `mount -t tmpfs -o size=${size} tmpfs "${folder}" && ${command}`,
    ],
  ] as const

/** Whether this system lets a user mount. */
export function canMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'chartkeep-mount-'))
  try {
    return spawnSync(...mount(folder, '1m', 'true')).status === 0 && spawnSync('nsenter', ['--version']).status === 0
  } finally {
    rmdirSync(folder)
  }
}

export async function openSmallDisk(size: string): Promise<SmallDisk> {
  const folder = mkdtempSync(join(tmpdir(), 'chartkeep-small-disk-'))
  const [program, args] = mount(folder, size, 'echo mounted && exec sleep infinity')
  const holder = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  await new Promise<void>((resolve, reject) => {
    holder.stdout.once('data', () => resolve())
    holder.once('close', (code) => reject(new Error(`no small disk: ${code}`)))
  })
  const root = `/proc/${holder.pid}/root${folder}`
  const outside = join(root, 'data')
  mkdirSync(outside, { mode: 0o700 })
  const ballast = join(root, 'ballast')
  const free = () => {
    const { bavail, bsize } = statfsSync(root)
    return bavail * bsize
  }
  return {
    data: join(folder, 'data'),
    outside,
    within: ['nsenter', `--target=${holder.pid}`, '--user', '--mount', '--preserve-credentials', '--'],
    free,
    fill(leave = 0) {
      const file = openSync(ballast, 'a')
      const piece = Buffer.alloc(4096)
      try {
        while (free() > leave) writeSync(file, piece)
      } catch {
        // Full.
      } finally {
        closeSync(file)
      }
    },
    empty: () => rmSync(ballast, { force: true }),
    close() {
      holder.kill('SIGKILL')
      rmdirSync(folder)
    },
  }
}
