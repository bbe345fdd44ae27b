/**
 * K7 in a vault: a device that came in by a kit needs the proof of 24 hours to end the access of devices that were in the log before it, or to move
 * their charts to another server. Pure; called by control-log.ts.
 */
import { equalBytes } from '@chartkeep/crypto/encoding'
import { mustWaitAt, provesWait } from '../account/account-log.ts'
import type { AccountDevice, AccountState } from '../account/account-state.ts'
import type { ControlBody } from './control-entry.ts'

/** An entry that names another server, offers this account's place as a holder to somebody, or ends it. */
function takesAway({ type, member, cut, account }: ControlBody): boolean {
  if (type === 'server') return true
  if (type === 'manager') return member?.op === 'offer'
  return type === 'cut' && cut?.account != null && cut.device === null && equalBytes(cut.account, account)
}

/** Why the entry is refused for now; null when it is not. Proof that is not needed is refused: each action has exactly one form. */
export async function refusesHaste(
  body: ControlBody,
  account: AccountState,
  signer: AccountDevice,
): Promise<'malformed' | 'too-early' | null> {
  const { waited, accountLog, server } = body
  if (!takesAway(body) || !mustWaitAt(account, signer, accountLog.n)) return waited === undefined ? null : 'malformed'
  if (waited === undefined || !(await provesWait(account, signer, accountLog.n, waited))) return 'too-early'
  // The hours are those of the server that the devices are to leave: who has the kit could make up another one.
  return server === undefined || equalBytes(waited.key, server.previous) ? null : 'too-early'
}
