/**
 * K7: proves that a device enrolled by a kit has waited 24 hours, by two heads of its account log that its server signed. The device stores
 * the first head when it first sees its own entry, and a new first head after a move to another server (S10). Once both heads are far
 * enough apart it stores both, so that a server that disappears later holds nobody up.
 */
import { decodeAs, encodeMessage, idText, KIT_WAIT_MS, sameHead } from '@chartkeep/protocol'
import { accountHead, hasAccountHead, Waited, type AccountState } from '@chartkeep/protocol/account'
import { SignedHead, verifyHead } from '@chartkeep/protocol/streams'
import type { SyncRow } from '@chartkeep/store'
import { ACCOUNT_TABLE } from './account-store.ts'
import type { AccountRows, ServerApi } from '../ports/ports.ts'

/** Rows of the account store. */
const FIRST_HEAD = 'first-head'
const WAITED = 'waited'

type AccountLogs = Pick<ServerApi, 'accountLog'>

/** The first signed head that this device has seen over its own entry; null before that. */
export function firstHead(accountStore: AccountRows): SignedHead | null {
  const row = accountStore.get(ACCOUNT_TABLE.self, FIRST_HEAD)
  return row instanceof Uint8Array ? decodeAs(SignedHead, row) : null
}

/** The server's signed head of exactly this state; null if the server does not confirm it. */
export async function signedHeadOf(
  state: AccountState,
  server: AccountLogs,
  key: Uint8Array,
): Promise<SignedHead | null> {
  const page = await server.accountLog(state.account, state.n)
  if (page.type !== 'ok') return null
  const { head } = page.value
  const isOwn = head.kind === 'account' && idText(head.id) === idText(state.account)
  return isOwn && sameHead(head, accountHead(state)) && (await verifyHead(head, key)) ? head : null
}

/** Whether the wait has yet to begin: no head signed by this server is stored. */
export async function mustBegin(accountStore: AccountRows, key: Uint8Array): Promise<boolean> {
  const first = firstHead(accountStore)
  return first === null || !(await verifyHead(first, key))
}

export function beginningAt(head: SignedHead): SyncRow[] {
  return [
    { table: ACCOUNT_TABLE.self, key: FIRST_HEAD, value: encodeMessage(head) },
    { table: ACCOUNT_TABLE.self, key: WAITED, value: null },
  ]
}

/**
 * The proof under this server's key, as far as the local log goes; null before 24 hours have passed. If no proof is stored, asks the
 * server; null: there is no server to ask.
 */
export async function proofOfWait(
  accountStore: AccountRows,
  state: AccountState,
  key: Uint8Array,
  server: AccountLogs | null,
): Promise<Waited | null> {
  const row = accountStore.get(ACCOUNT_TABLE.self, WAITED)
  const kept = row instanceof Uint8Array ? decodeAs(Waited, row) : null
  if (kept !== null && idText(kept.key) === idText(key) && hasAccountHead(state, kept.last)) return kept
  const first = firstHead(accountStore)
  const last = first === null || server === null ? null : await signedHeadOf(state, server, key)
  if (first === null || last === null || last.time - first.time < KIT_WAIT_MS) return null
  if (!(await verifyHead(first, key))) return null
  const waited = { key, first, last }
  await accountStore.commit([{ table: ACCOUNT_TABLE.self, key: WAITED, value: encodeMessage(waited) }])
  return waited
}
