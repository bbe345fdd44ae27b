/**
 * Departures (C10): after a grantee's device removed its copy, it says so in a signed statement at its next contact; an owner's device
 * reads and verifies the statements. They are only claims: nobody can force them, and they prove nothing about other copies.
 */
import { sign } from '@chartkeep/crypto'
import { encodeMessage, idText, textId } from '@chartkeep/protocol'
import { accountHead } from '@chartkeep/protocol/account'
import { controlHead } from '@chartkeep/protocol/control'
import { departureMessage, readDeparture, type Departure, type DepartureBody } from '@chartkeep/protocol/ended'
import { ACCOUNT_TABLE, type EndedRow } from '../account/account-store.ts'
import type { AccountRows, ServerApi } from '../ports/ports.ts'
import { isVaultOwner, ownGrants } from '../vault/vault-rights.ts'
import { exclusive, rowValue, TABLE, timeOf, type VaultMachine } from '../vault/vault-state.ts'

/**
 * Signs a departure for each grant of this account in the vault that has none, by grant; signed once, so that every post carries the same
 * bytes.
 */
export async function signDepartures(machine: VaultMachine): Promise<Map<string, Departure>> {
  const signed = new Map<string, Departure>()
  const account = machine.accounts.lookup(machine.account)
  if (machine.control === null || account === null) return signed
  for (const { id } of ownGrants(machine)) {
    if (machine.rows.get(TABLE.departure, idText(id)) !== undefined) continue
    const body: DepartureBody = {
      v: 1,
      vault: machine.vault,
      grant: id,
      account: machine.account,
      device: machine.device.id,
      accountLog: accountHead(account),
      control: controlHead(machine.control),
      time: machine.clock.now(),
    }
    const encoded = encodeMessage(body)
    const signature = await sign(machine.device.signing, departureMessage(encoded))
    signed.set(idText(id), { body: encoded, signature })
  }
  return signed
}

/** The departures in a vault's rows after access ended, by grant. */
export function departuresOf(machine: VaultMachine): Record<string, Departure> {
  return Object.fromEntries(machine.rows.table(TABLE.departure)) as unknown as Record<string, Departure>
}

/**
 * The departures of an ended chart for the account store. Grants that the account store already records as ended were posted, or wait in
 * `before`.
 */
export function waitingDepartures(
  before: EndedRow | undefined,
  all: Record<string, Departure>,
): Record<string, Departure> {
  const known = new Set(before?.grants ?? [])
  const fresh = Object.entries(all).filter(([grant]) => !known.has(grant))
  return { ...before?.departures, ...Object.fromEntries(fresh) }
}

/** Posts waiting departures; if the server does not take one now, the next contact tries again. Never reported as a problem. */
export async function postDepartures(accountStore: AccountRows, server: ServerApi): Promise<void> {
  for (const vault of accountStore.table(ACCOUNT_TABLE.ended).keys()) {
    for (const [grant, departure] of Object.entries(endedRow(accountStore, vault)?.departures ?? {})) {
      const answer = await server.depart(textId(vault)!, departure)
      if (answer.type === 'offline') return
      if (answer.type !== 'ok') continue
      await accountStore.commit(() => {
        const row = endedRow(accountStore, vault)
        if (row === undefined) return null
        const { [grant]: _, ...left } = row.departures ?? {}
        return { rows: [{ table: ACCOUNT_TABLE.ended, key: vault, value: rowValue({ ...row, departures: left }) }] }
      })
    }
  }
}

function endedRow(accountStore: AccountRows, vault: string): EndedRow | undefined {
  return accountStore.get(ACCOUNT_TABLE.ended, vault) as unknown as EndedRow | undefined
}

/** A departure that an owner's device has verified: when the grantee's device says it removed its copy, milliseconds since 1970. */
export interface DepartedRow {
  time: number
}

/** Reads the departures of ended grants; stores those that verify and ignores the others. */
export async function readDepartures(machine: VaultMachine, server: ServerApi): Promise<void> {
  const { control } = machine
  if (control === null || !isVaultOwner(machine)) return
  const isOver = [...control.grants.values()].some(({ cut, notAfter }) => cut !== null || notAfter <= timeOf(machine))
  if (!isOver) return
  const answer = await server.departures(machine.vault)
  if (answer.type !== 'ok') return
  for (const departure of answer.value.departures) await keepDeparture(machine, server, departure)
}

async function keepDeparture(machine: VaultMachine, server: ServerApi, departure: Departure): Promise<void> {
  for (const account of granteesOf(machine)) {
    let read = await check(machine, account, departure)
    if (read === 'account') {
      // The grantee's device may have been enrolled after this device last read its account log.
      const key = machine.serverKey()
      if (key === null || (await machine.accounts.refresh(account, server, key)).type !== 'ok') return
      read = await check(machine, account, departure)
    }
    if (typeof read === 'string') continue
    const key = `${idText(read.grant)}.${idText(read.device)}`
    if (machine.rows.get(TABLE.departed, key) !== undefined) return
    const value = rowValue({ time: read.time } satisfies DepartedRow)
    await exclusive(machine, () => machine.rows.commit({ sync: [{ table: TABLE.departed, key, value }] }))
    return
  }
}

async function check(machine: VaultMachine, account: Uint8Array, departure: Departure) {
  const state = machine.accounts.lookup(account)
  // Another device of the owner may have made the grant; this one has not read the grantee's log yet.
  return state === null ? 'account' : readDeparture(departure, machine.control!, state, timeOf(machine))
}

function granteesOf(machine: VaultMachine): Uint8Array[] {
  const accounts = [...machine.control!.grants.values()].flatMap(({ account }) => (account === null ? [] : [account]))
  return [...new Map(accounts.map((account) => [idText(account), account])).values()]
}

/** The devices that reported removing their copy of a grant's data, oldest first. */
export function departedOf(machine: VaultMachine, grant: string): { device: string; at: number }[] {
  return [...machine.rows.table(TABLE.departed)]
    .filter(([key]) => key.startsWith(`${grant}.`))
    .map(([key, value]) => ({ device: key.slice(grant.length + 1), at: (value as unknown as DepartedRow).time }))
    .toSorted((a, b) => a.at - b.at)
}
