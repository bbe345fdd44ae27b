/**
 * The verified account logs that this device knows: its own account's and those of the accounts that it deals with (K4, F1). They are kept
 * in the account store. If an answer of the server does not extend the known log, the device stops trusting the server on that account and
 * changes nothing.
 */
import { accountIdOf, decodeAs, encodeMessage, idText, sameHead } from '@chartkeep/protocol'
import {
  accountHead,
  applyAccountEntry,
  decodeAccountEntry,
  mustWaitAt,
  type AccountState,
  type Waited,
} from '@chartkeep/protocol/account'
import { entryHash, SignedEntry } from '@chartkeep/protocol/signed'
import { type SignedHead, verifyHead } from '@chartkeep/protocol/streams'
import { equalBytes, type CborValue } from '@chartkeep/crypto/encoding'
import type { SyncRow } from '@chartkeep/store'
import { keepInAccountStore } from './evidence.ts'
import { proofOfWait } from './kit-wait.ts'
import type { AccountRows, ServerApi } from '../ports/ports.ts'
import { runningBack } from './two-clocks.ts'

export type RefreshOutcome =
  | { type: 'ok'; changed: boolean }
  | { type: 'offline' }
  | { type: 'error'; error: string }
  | { type: 'fork' }
  | { type: 'behind' }

export class AccountBook {
  readonly #accountStore: AccountRows
  readonly #states = new Map<string, AccountState>()
  readonly #asking = new Map<string, Promise<unknown>>()

  private constructor(accountStore: AccountRows) {
    this.#accountStore = accountStore
  }

  /** Reads every stored log and verifies it from its first entry. */
  static async open(accountStore: AccountRows): Promise<AccountBook> {
    const book = new AccountBook(accountStore)
    const accounts = [...accountStore.table('accounts').keys()]
    for (const account of accounts) {
      const rows = [...accountStore.table(tableOf(account))].toSorted(([a], [b]) => Number(a) - Number(b))
      let state: AccountState | null = null
      for (const [, value] of rows) {
        const entry = value instanceof Uint8Array ? decodeAs(SignedEntry, value) : null
        const next: AccountState | { type: string } | null =
          entry === null ? null : await applyAccountEntry(state, entry)
        if (next === null || 'type' in next) break
        state = next
      }
      if (state !== null) book.#states.set(account, state)
    }
    return book
  }

  /** Accounts whose logs are known here. */
  known(): Uint8Array[] {
    return [...this.#states.values()].map(({ account }) => account)
  }

  lookup = (account: Uint8Array): AccountState | null => this.#states.get(idText(account)) ?? null

  byText(account: string): AccountState | null {
    return this.#states.get(account) ?? null
  }

  /**
   * Adds entries that this device wrote or that the server returned; durable when it resolves. Entries that are known already are skipped,
   * because the answer to a post and a refresh of the log can both bring them. False if an entry does not apply.
   */
  async append(account: Uint8Array | null, entries: SignedEntry[]): Promise<boolean> {
    let state = account === null ? null : this.lookup(account)
    const rows: SyncRow[] = []
    for (const entry of entries) {
      if (state !== null && holdsEntry(state, entry)) continue
      const next: AccountState | { type: string } = await applyAccountEntry(state, entry)
      if ('type' in next) return false
      state = next
      rows.push({ table: tableOf(idText(state.account)), key: String(state.n), value: encodeMessage(entry) })
    }
    if (state === null) return false
    if (rows.length === 0) return true
    const text = idText(state.account)
    rows.push({ table: 'accounts', key: text, value: true as CborValue })
    await this.#accountStore.commit(rows)
    if ((this.#states.get(text)?.n ?? 0) < state.n) this.#states.set(text, state)
    return true
  }

  /** Removes the entries after `n` from a log. Only for entries that were written here and never reached a server. */
  async shorten(account: Uint8Array, n: number): Promise<void> {
    const text = idText(account)
    const gone = [...this.#accountStore.table(tableOf(text)).keys()].filter((key) => Number(key) > n)
    await this.#accountStore.commit(gone.map((key) => ({ table: tableOf(text), key, value: null })))
    let state: AccountState | null = null
    for (const entry of this.entries(account)) {
      const next: AccountState | { type: string } = await applyAccountEntry(state, entry)
      if ('type' in next) throw new Error('a stored account log does not hold')
      state = next
    }
    if (state !== null) this.#states.set(text, state)
  }

  /** Every entry of a known log, to post it to a server that does not have it. */
  entries(account: Uint8Array): SignedEntry[] {
    return [...this.#accountStore.table(tableOf(idText(account)))]
      .toSorted(([a], [b]) => Number(a) - Number(b))
      .map(([, value]) => decodeAs(SignedEntry, value as Uint8Array)!)
  }

  /** S9: the newest head of a known log that a server has signed; null before the first. */
  signedHead(account: Uint8Array): SignedHead | null {
    return (this.#accountStore.get(SIGNED, idText(account)) as unknown as SignedHead | undefined) ?? null
  }

  /**
   * K7: the proof of the 24-hour wait that a device of this account shows in a vault; null if it needs none. `server`: null if no server
   * can be asked.
   */
  async waitedOf(
    { account, device }: { account: Uint8Array; device: Uint8Array },
    key: Uint8Array | null,
    server: ServerApi | null,
  ): Promise<Waited | null | 'too-early'> {
    const state = this.lookup(account)
    const own = state?.devices.get(idText(device))
    if (state === null || own === undefined || !mustWaitAt(state, own, state.n)) return null
    return (key === null ? null : await proofOfWait(this.#accountStore, state, key, server)) ?? 'too-early'
  }

  async #keepHead(head: SignedHead): Promise<void> {
    await this.#accountStore.commit(() => {
      const known = this.signedHead(head.id)
      if (known !== null && known.n >= head.n) return null
      return { rows: [{ table: SIGNED, key: idText(head.id), value: head as unknown as CborValue }] }
    })
  }

  /**
   * Asks the server for new entries, verifies and stores them. One request at a time for each account, so that two answers never extend the
   * same log twice.
   */
  refresh(account: Uint8Array, server: ServerApi, serverKey: Uint8Array): Promise<RefreshOutcome> {
    const text = idText(account)
    const ask = () => this.#ask(account, server, serverKey)
    const next = (this.#asking.get(text) ?? Promise.resolve()).then(ask, ask)
    const settled = next
      .catch(() => {})
      .then(() => {
        if (this.#asking.get(text) === settled) this.#asking.delete(text)
      })
    this.#asking.set(text, settled)
    return next
  }

  async #ask(account: Uint8Array, server: ServerApi, serverKey: Uint8Array): Promise<RefreshOutcome> {
    let changed = false
    for (;;) {
      const state = this.lookup(account)
      const answer = await server.accountLog(account, state?.n ?? 0)
      if (answer.type !== 'ok') return answer.type === 'offline' ? answer : { type: 'error', error: answer.error }
      const { entries, head } = answer.value
      if (head.kind !== 'account' || idText(head.id) !== idText(account) || !(await verifyHead(head, serverKey)))
        return { type: 'fork' }
      const earlier = await runningBack(head, [this.signedHead(account)], serverKey)
      if (earlier !== null)
        await keepInAccountStore(this.#accountStore, `account.${idText(account)}`, {
          fault: 'time',
          what: 'account-head',
          evidence: { heads: [earlier, head] },
          serverKey,
        })
      const isAgainst = async (what: string, entry: SignedEntry | null = null): Promise<RefreshOutcome> => {
        // F1: evidence consists of the head that the server signs now and the head that it signed before.
        const evidence = { heads: [this.signedHead(account), head].filter((each) => each !== null), entry }
        await keepInAccountStore(this.#accountStore, `account.${idText(account)}`, {
          fault: 'fork',
          what,
          evidence,
          serverKey,
        })
        return { type: 'fork' }
      }
      if (state !== null && head.n < state.n) {
        const known = head.n === 0 ? null : state.hashes[head.n - 1]
        return known !== null && known !== undefined && idText(known) !== idText(head.h)
          ? isAgainst('account-head')
          : { type: 'behind' }
      }
      if (entries.length === 0) {
        if (!sameHead(accountHead(state), head)) return isAgainst('account-head')
        await this.#keepHead(head)
        return { type: 'ok', changed }
      }
      // K4: an account's id is the hash of its first entry. Another account's log is not stored under this id.
      if (state === null && idText(accountIdOf(entries[0]!.body)) !== idText(account)) return { type: 'fork' }
      const isNext = await this.append(state === null ? null : account, entries)
      // An answer that does not advance the log would make the device ask for ever.
      if (!isNext || this.lookup(account)!.n <= (state?.n ?? 0)) return isAgainst('account-entry', entries[0]!)
      changed = true
      if (this.lookup(account)!.n >= head.n) {
        if (!sameHead(accountHead(this.lookup(account)), head)) return isAgainst('account-head')
        await this.#keepHead(head)
        return { type: 'ok', changed }
      }
    }
  }
}

/** Table of the account store: signed heads by account. */
const SIGNED = 'account-heads'

function holdsEntry(state: AccountState, { body }: SignedEntry): boolean {
  const n = decodeAccountEntry(body)?.n ?? 0
  const known = state.hashes[n - 1]
  return known !== undefined && equalBytes(known, entryHash('account-entry', body))
}

function tableOf(account: string): string {
  return `account.${account}`
}
