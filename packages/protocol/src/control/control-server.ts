/**
 * Where a vault is kept, and what a holder says when its server lost something for ever (S9, S10): the entries `server` and `restart`, checked
 * as every reader checks them. Pure; called by control-log.ts over a state that is its own copy.
 */
import { equalBytes } from '@chartkeep/crypto/encoding'
import type { Refused } from '../account/account-state.ts'
import type { ControlBody } from './control-entry.ts'
import { isAccessLog, ownerOf, refused, type ControlRefusal, type ControlState } from './control-state.ts'
import { idText } from '../base/ids.ts'

type Outcome = ControlState | Refused<ControlRefusal>

/** Only a holder says these; they bring no keys, no streams and no access. */
function isBare(next: ControlState, body: ControlBody): boolean {
  const brings = body.streams.length + body.epochs.length + body.parts.length
  return body.grant === null && body.cut === null && brings === 0 && ownerOf(next, body.account)?.role === 'holder'
}

/** An origin as URLs have it, over https, or over http on this machine or in a home's own network. */
function isAddress(address: string): boolean {
  return URL.canParse(address) && new URL(address).origin === address && /^https?:/.test(address)
}

/** `server`: the vault is kept at this address under this key from here on. `previous`: whose signed heads the new server takes as its start. */
export function withServer(next: ControlState, body: ControlBody): Outcome {
  const { server } = body
  if (server === undefined || !isBare(next, body)) return refused('malformed')
  if (!isAddress(server.address) || equalBytes(server.key, server.previous)) return refused('bad-server')
  // A move begins where the last one ended.
  const last = next.servers.at(-1)
  if (last !== undefined && !equalBytes(last.key, server.previous)) return refused('bad-server')
  return { ...next, servers: [...next.servers, { ...server, at: body.n, time: body.time, account: body.account }] }
}

/** `restart`: the streams continue after these positions. The authors push again what any device had seen beyond them. */
export function withRestart(next: ControlState, body: ControlBody): Outcome {
  const { restart } = body
  if (restart === undefined || !isBare(next, body)) return refused('malformed')
  const named = new Set(restart.streams.map(({ stream }) => idText(stream)))
  if (named.size === 0 || named.size !== restart.streams.length) return refused('bad-restart')
  if ([...named].some((id) => !next.streams.has(id) || isAccessLog(next, id))) return refused('bad-restart')
  return { ...next, restarts: [...next.restarts, { ...restart, at: body.n, time: body.time, account: body.account }] }
}
