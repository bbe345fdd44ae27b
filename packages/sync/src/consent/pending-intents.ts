/** Wishes (C1): what a person decided while the server did not answer, kept as durable rows and fulfilled in a later pass. */
import { idText, type Accept } from '@chartkeep/protocol'
import type { DeedOutcome } from './control-action.ts'
import type { ServerApi } from '../ports/ports.ts'
import { acceptNow, cutGrantNow, endOwnerNow, GONE, grantNow, type ShareWish } from './sharing.ts'
import { exclusive, rowValue, TABLE, type VaultMachine } from '../vault/vault-state.ts'

export interface StopWish {
  kind: 'stop'
  grant: Uint8Array
}

/** C2: ends a manager. */
export interface RemoveWish {
  kind: 'remove'
  owner: Uint8Array
}

/** C9: envelopes beyond a cut that are to count. */
export interface AcceptWish {
  kind: 'accept'
  envelopes: Accept['envelopes']
}

export type Wish = ShareWish | StopWish | RemoveWish | AcceptWish

/** C1: keeps a wish that needs the server; a durable row. Answers its key. */
export async function keepWish(machine: VaultMachine, wish: Wish): Promise<string> {
  const [key] = await keepWishes(machine, [wish])
  return key!
}

/** The same of several that are one deed: all or none is durable. */
export async function keepWishes(machine: VaultMachine, wishes: readonly Wish[]): Promise<string[]> {
  const rows = wishes.map((wish) => {
    const key = idText(wish.kind === 'share' ? wish.id : machine.randomBytes(16))
    return { table: TABLE.wish, key, value: rowValue(wish) }
  })
  await machine.rows.commit({ sync: rows })
  return rows.map(({ key }) => key)
}

export async function dropWish(machine: VaultMachine, key: string): Promise<void> {
  await machine.rows.commit({ sync: [{ table: TABLE.wish, key, value: null }] })
}

/** Whether the person still wishes it, once what they decided just now is written. */
export function isWished(machine: VaultMachine, key: string): Promise<boolean> {
  return exclusive(machine, async () => machine.rows.table(TABLE.wish).has(key))
}

/** Wishes of this vault, by key. `stale`: it no longer fits what the log says and waits for the person. */
export function wishesOf(machine: VaultMachine): { key: string; wish: Wish; stale: string | null }[] {
  return [...machine.rows.table(TABLE.wish)].map(([key, value]) => {
    const { stale, ...wish } = value as unknown as Wish & { stale?: string }
    return { key, wish: wish as Wish, stale: stale ?? null }
  })
}

/** C1: wishes that take away go first and rebase by themselves; those that give come after; one whose effect stands is dropped. */
export async function fulfilWishes(machine: VaultMachine, server: ServerApi): Promise<boolean> {
  let done = false
  const open = wishesOf(machine).filter(({ stale }) => stale === null)
  for (const { key, wish } of open.toSorted((a, b) => Number(takesAway(b.wish)) - Number(takesAway(a.wish)))) {
    // The person may take it back while another one is on its way.
    if (!(await isWished(machine, key))) continue
    const outcome = await fulfil(machine, server, wish)
    if (outcome.type === 'offline') return done
    // What is refused waits for the next pass, and holds no other up: least of all one that takes away.
    if (outcome.type === 'error') continue
    // A stop is dropped only when the access has ended; what stands in its way for now is tried again in the next pass.
    if (outcome.type === 'stale' && takesAway(wish) && outcome.why !== GONE) continue
    const shownAgain = outcome.type === 'stale' && wish.kind === 'share'
    const value = shownAgain ? rowValue({ ...wish, stale: outcome.why }) : null
    await exclusive(machine, async () => {
      if (machine.rows.table(TABLE.wish).has(key))
        await machine.rows.commit({ sync: [{ table: TABLE.wish, key, value }] })
    })
    done = true
  }
  return done
}

function takesAway({ kind }: Wish): boolean {
  return kind === 'stop' || kind === 'remove'
}

function fulfil(machine: VaultMachine, server: ServerApi, wish: Wish): Promise<DeedOutcome> {
  switch (wish.kind) {
    case 'stop':
      return cutGrantNow(machine, server, wish.grant, 'revoked')
    case 'remove':
      return endOwnerNow(machine, server, wish.owner)
    case 'accept':
      return acceptNow(machine, server, wish.envelopes)
    case 'share':
      return grantNow(machine, server, wish)
  }
}
