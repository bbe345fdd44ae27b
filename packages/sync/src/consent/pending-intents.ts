/** Intents (C1): what a person decided while the server did not answer, kept as durable rows and fulfilled in a later pass. */
import { idText, type Accept } from '@chartkeep/protocol'
import type { ControlActionOutcome } from './control-action.ts'
import type { ServerApi } from '../ports/ports.ts'
import { acceptNow, cutGrantNow, endOwnerNow, GONE, grantNow, type ShareIntent } from './sharing.ts'
import { exclusive, rowValue, TABLE, type VaultMachine } from '../vault/vault-state.ts'

export interface StopIntent {
  kind: 'stop'
  grant: Uint8Array
}

/** C2: ends a manager. */
export interface RemoveIntent {
  kind: 'remove'
  owner: Uint8Array
}

/** C9: envelopes beyond a cut that are to count. */
export interface AcceptIntent {
  kind: 'accept'
  envelopes: Accept['envelopes']
}

export type PendingIntent = ShareIntent | StopIntent | RemoveIntent | AcceptIntent

/** C1: keeps an intent that needs the server; a durable row. Answers its key. */
export async function keepIntent(machine: VaultMachine, intent: PendingIntent): Promise<string> {
  const [key] = await keepIntents(machine, [intent])
  return key!
}

/** The same of several that are one action: all or none is durable. */
export async function keepIntents(machine: VaultMachine, intents: readonly PendingIntent[]): Promise<string[]> {
  const rows = intents.map((intent) => {
    const key = idText(intent.kind === 'share' ? intent.id : machine.randomBytes(16))
    return { table: TABLE.intent, key, value: rowValue(intent) }
  })
  await machine.rows.commit({ sync: rows })
  return rows.map(({ key }) => key)
}

export async function dropIntent(machine: VaultMachine, key: string): Promise<void> {
  await machine.rows.commit({ sync: [{ table: TABLE.intent, key, value: null }] })
}

/** Whether the person still intends it, once what they decided just now is written. */
export function hasIntent(machine: VaultMachine, key: string): Promise<boolean> {
  return exclusive(machine, async () => machine.rows.table(TABLE.intent).has(key))
}

/** Intents of this vault, by key. `stale`: it no longer fits what the log says and waits for the person. */
export function intentsOf(machine: VaultMachine): { key: string; intent: PendingIntent; stale: string | null }[] {
  return [...machine.rows.table(TABLE.intent)].map(([key, value]) => {
    const { stale, ...intent } = value as unknown as PendingIntent & { stale?: string }
    return { key, intent: intent as PendingIntent, stale: stale ?? null }
  })
}

/** C1: intents that take away go first and rebase by themselves; those that give come after; one whose effect stands is dropped. */
export async function fulfilIntents(machine: VaultMachine, server: ServerApi): Promise<boolean> {
  let done = false
  const open = intentsOf(machine).filter(({ stale }) => stale === null)
  for (const { key, intent } of open.toSorted((a, b) => Number(takesAway(b.intent)) - Number(takesAway(a.intent)))) {
    // The person may take it back while another one is on its way.
    if (!(await hasIntent(machine, key))) continue
    const outcome = await fulfil(machine, server, intent)
    if (outcome.type === 'offline') return done
    // What is refused waits for the next pass, and holds no other up: least of all one that takes away.
    if (outcome.type === 'error') continue
    // A stop is dropped only when the access has ended; what stands in its way for now is tried again in the next pass.
    if (outcome.type === 'stale' && takesAway(intent) && outcome.why !== GONE) continue
    const shownAgain = outcome.type === 'stale' && intent.kind === 'share'
    const value = shownAgain ? rowValue({ ...intent, stale: outcome.why }) : null
    await exclusive(machine, async () => {
      if (machine.rows.table(TABLE.intent).has(key))
        await machine.rows.commit({ sync: [{ table: TABLE.intent, key, value }] })
    })
    done = true
  }
  return done
}

function takesAway({ kind }: PendingIntent): boolean {
  return kind === 'stop' || kind === 'remove'
}

function fulfil(machine: VaultMachine, server: ServerApi, intent: PendingIntent): Promise<ControlActionOutcome> {
  switch (intent.kind) {
    case 'stop':
      return cutGrantNow(machine, server, intent.grant, 'revoked')
    case 'remove':
      return endOwnerNow(machine, server, intent.owner)
    case 'accept':
      return acceptNow(machine, server, intent.envelopes)
    case 'share':
      return grantNow(machine, server, intent)
  }
}
