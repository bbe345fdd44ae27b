/**
 * Intents (C1): decisions that a person made while the server did not answer, kept as durable rows and carried out in a later sync pass.
 */
import { idText } from '@chartkeep/protocol'
import type { Accept } from '@chartkeep/protocol/control'
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

/** C9: accepts envelopes beyond a cut. */
export interface AcceptIntent {
  kind: 'accept'
  envelopes: Accept['envelopes']
}

export type PendingIntent = ShareIntent | StopIntent | RemoveIntent | AcceptIntent

/** C1: stores an intent that needs the server, as a durable row. Resolves to its key. */
export async function keepIntent(machine: VaultMachine, intent: PendingIntent): Promise<string> {
  const [key] = await keepIntents(machine, [intent])
  return key!
}

/** Stores several intents of one action: all or none. */
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

/** Whether the person still has this intent, after all decisions in progress are written. */
export function hasIntent(machine: VaultMachine, key: string): Promise<boolean> {
  return exclusive(machine, async () => machine.rows.table(TABLE.intent).has(key))
}

/** Intents of this vault, by key. `stale`: the intent no longer matches the log and waits for the person. */
export function intentsOf(machine: VaultMachine): { key: string; intent: PendingIntent; stale: string | null }[] {
  return [...machine.rows.table(TABLE.intent)].map(([key, value]) => {
    const { stale, ...intent } = value as unknown as PendingIntent & { stale?: string }
    return { key, intent: intent as PendingIntent, stale: stale ?? null }
  })
}

/**
 * C1: intents that take access away run first and are rebased automatically; intents that give access come after. An intent whose effect is
 * already in force is dropped.
 */
export async function fulfilIntents(machine: VaultMachine, server: ServerApi): Promise<boolean> {
  let done = false
  const open = intentsOf(machine).filter(({ stale }) => stale === null)
  for (const { key, intent } of open.toSorted((a, b) => Number(takesAway(b.intent)) - Number(takesAway(a.intent)))) {
    // The person may withdraw it while another intent is being posted.
    if (!(await hasIntent(machine, key))) continue
    const outcome = await fulfil(machine, server, intent)
    if (outcome.type === 'offline') return done
    // A refused intent waits for the next pass and does not hold up others, least of all one that takes access away.
    if (outcome.type === 'error') continue
    // A stop is dropped only when the access has ended; if something prevents it now, the next pass tries again.
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
