/**
 * K7: the 24 hours of a device that came in by a kit, proved by two heads of its own account log that its server has signed. The first is kept when the
 * device sees its own entry for the first time, and again where another server counts from now on (S10); both once they are far enough apart, so
 * that a server which is gone by then keeps nobody back.
 */
import {
  accountHead,
  decodeAs,
  encodeMessage,
  hasAccountHead,
  idText,
  KIT_WAIT_MS,
  sameHead,
  SignedHead,
  verifyHead,
  Waited,
  type AccountState,
} from '@chartkeep/protocol'
import type { SyncRow } from '@chartkeep/store'
import { ACCOUNT_TABLE } from './account-store.ts'
import type { AccountRows, ServerApi } from '../ports/ports.ts'

/** Rows of home. */
const FIRST_HEAD = 'first-head'
const WAITED = 'waited'

type AccountLogs = Pick<ServerApi, 'accountLog'>

/** The first signed head that this device has seen over its own entry; null before. */
export function firstHead(accountStore: AccountRows): SignedHead | null {
  const row = accountStore.get(ACCOUNT_TABLE.self, FIRST_HEAD)
  return row instanceof Uint8Array ? decodeAs(SignedHead, row) : null
}

/** The head of exactly this state, signed by the server; null when it does not say so. */
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

/** Whether the hours have to begin: no head is kept that this server has signed. */
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

/** The proof under this server's key, as far as the log here goes; null before the hours are over. Asks the server where no proof is kept; null: there is none to ask. */
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
