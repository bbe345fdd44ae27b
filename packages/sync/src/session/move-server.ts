/**
 * Moves an account's own charts to another server (S10): a holder's `server` entry in each chart, then the reseed of the new server. The
 * entry also goes to the old server, if it answers, so that other devices find it; otherwise it reaches the new server with the reseed.
 */
import { bytesToHex, equalBytes } from '@chartkeep/crypto/encoding'
import { sha256 } from '@chartkeep/crypto/hash'
import { ownerOf, type VaultServer } from '@chartkeep/protocol/control'
import type { ServerFound, ServerMove } from '../contract/api.ts'
import type { OpenChart } from '../chart/chart.ts'
import { appendControl } from '../pull/control-pull.ts'
import { serverEntry } from '../consent/control-writer.ts'
import type { ServerRow } from '../account/account-store.ts'
import { serverInfo, type HttpServer } from '../transport/http-server.ts'
import { authorOf, postEntry, waitedEntry } from '../consent/control-action.ts'
import { exclusive, type VaultMachine } from '../vault/vault-state.ts'

export interface MovingAccount {
  pinned: ServerRow | null
  server: HttpServer | null
  /** Every chart that this account owns. */
  charts(): Promise<OpenChart[]>
  connect(row: ServerRow): Promise<void>
}

/** A server's key for people to compare: the first 8 bytes of its SHA-256, in groups of four hexadecimal digits. */
export function keyFingerprint(key: Uint8Array): string {
  return bytesToHex(sha256(key).subarray(0, 8)).match(/.{4}/g)!.join(' ')
}

type Other = { type: 'other'; address: string; key: Uint8Array; previous: Uint8Array; time: number }

/** Reads the identity of the server at an address; sends and stores nothing. */
async function whoAnswers(
  typed: string,
  pinned: ServerRow | null,
): Promise<Other | Exclude<ServerFound, { type: 'found' }>> {
  if (!URL.canParse(typed) || !/^https?:$/.test(new URL(typed).protocol)) return { type: 'bad-address' }
  const address = new URL(typed).origin
  const info = await serverInfo(address)
  if (info.type === 'offline') return info
  if (info.type !== 'ok') return { type: 'refused', error: info.error }
  const { key, time } = info.value
  const previous = pinned?.key ?? null
  if (previous === null || equalBytes(previous, key)) return { type: 'same-server' }
  return { type: 'other', address, key, previous, time }
}

/** The details that a person compares before moving. */
export async function findServer(typed: string, pinned: ServerRow | null): Promise<ServerFound> {
  const found = await whoAnswers(typed, pinned)
  if (found.type !== 'other') return found
  return { type: 'found', address: found.address, fingerprint: keyFingerprint(found.key) }
}

export async function moveServer(
  typed: string,
  { follow: isFollowing, fingerprint }: { follow: boolean; fingerprint?: string },
  account: MovingAccount,
): Promise<ServerMove> {
  const found = await whoAnswers(typed, account.pinned)
  if (found.type !== 'other') return found
  const { address, key, previous, time } = found
  // The server has another key than the person compared.
  if (fingerprint !== undefined && fingerprint !== keyFingerprint(key)) return { type: 'refused', error: 'server-key' }
  const charts = await account.charts()
  if (!isFollowing) {
    if (charts.some(({ machine }) => !isHolder(machine))) return { type: 'not-holder' }
    for (const chart of charts) {
      const failed = await chart.exclusively(() =>
        nameServer(chart.machine, account.server, { address, key, previous }),
      )
      if (failed !== null) return failed
    }
  }
  await account.connect({ address, key, registered: false, moved: time })
  return { type: 'done' }
}

function isHolder({ control, account }: VaultMachine): boolean {
  return control !== null && ownerOf(control, account)?.role === 'holder'
}

/** Writes the entry once per log, however often it is tried: every reader would refuse a second entry of the same device. */
async function nameServer(
  machine: VaultMachine,
  server: HttpServer | null,
  named: VaultServer,
): Promise<Extract<ServerMove, { type: 'refused' }> | null> {
  const isNamed = () => {
    const last = machine.control?.servers.at(-1)
    return last !== undefined && equalBytes(last.key, named.key)
  }
  if (isNamed()) return null
  const entryOf = (asked: HttpServer | null) =>
    waitedEntry(machine, asked, (waited) => serverEntry(machine.control!, named, authorOf(machine), waited))
  const posted =
    server === null
      ? ({ type: 'offline' } as const)
      : await postEntry(machine, server, async () => (isNamed() ? { type: 'stale', why: 'named' } : entryOf(server)))
  if (posted.type === 'done' || isNamed()) return null
  // Another device was faster, or the old server refuses. Only a server that is silent or has lost everything is left without its consent.
  const isGone = posted.type === 'offline' || (posted.type === 'error' && GONE.includes(posted.error))
  if (!isGone) return { type: 'refused', error: posted.type === 'error' ? posted.error : posted.type }
  const entry = await entryOf(null)
  if ('type' in entry) return { type: 'refused', error: entry.error }
  const applied = await exclusive(machine, () => appendControl(machine, [entry]))
  return applied.type === 'ok' ? null : { type: 'refused', error: 'server' }
}

/** Errors of a server that does not know this account, or has another key. */
const GONE = ['server-key', 'audience', 'unauthenticated', 'not-found', 'refilling', 'behind', 'server-error', 'closed']
