/**
 * Keeps in memory what every request asks of the durable state: log lengths, stream heads, and which vaults or
 * accounts are being reseeded. Only this process writes the file, so a cached value holds until one of its own commits
 * changes it. Marks are not cached: the `go-on` command clears one from another process.
 */
import type { Head } from '@chartkeep/protocol'
import { byteKey } from './byte-keys.ts'
import type { RefillStage } from './reseed-storage.ts'
import type { StorageReader, StorageWriter } from './storage.ts'

/** The most entries of each kind. */
const KEPT = 20_000

class Known<T> {
  readonly #values = new Map<string, T>()
  /** Keys that changed since the last commit, even if the change was rolled back. */
  readonly #changed = new Set<string>()

  of(key: string, read: () => T): T {
    let value = this.#values.get(key)
    if (value === undefined) {
      value = read()
      if (this.#values.size >= KEPT) this.#values.clear()
      this.#values.set(key, value)
    }
    return value
  }

  /** The same inside a transaction: a key that the transaction changed is always read from its writer. */
  within(key: string, read: () => T): T {
    return this.#changed.has(key) ? read() : this.of(key, read)
  }

  change(key: string): void {
    this.#changed.add(key)
  }

  committed(): void {
    for (const key of this.#changed) this.#values.delete(key)
    this.#changed.clear()
  }
}

type Changing = Pick<
  StorageWriter,
  'addAccountEntry' | 'addControlEntry' | 'addEnvelopes' | 'addRuns' | 'dropAccount' | 'refillOf' | 'setRefill'
>

export class DurableFacts {
  readonly #accounts = new Known<number>()
  readonly #vaults = new Known<number>()
  readonly #heads = new Known<Head | null>()
  readonly #refills = new Known<RefillStage | null>()

  /** Wraps the writer, to note what a transaction changes. */
  watching<W extends Changing>(writer: W): W {
    const changesAccount = (account: Uint8Array) => this.#accounts.change(byteKey(account))
    const changesHead = (vault: Uint8Array, stream: Uint8Array) => this.#heads.change(headKey(vault, stream))
    return {
      ...writer,
      addAccountEntry: (account, ...given) => (changesAccount(account), writer.addAccountEntry(account, ...given)),
      dropAccount: (account) => (changesAccount(account), writer.dropAccount(account)),
      addControlEntry: (vault, ...given) => (
        this.#vaults.change(byteKey(vault)),
        writer.addControlEntry(vault, ...given)
      ),
      addEnvelopes: (vault, stream, ...given) => (
        changesHead(vault, stream),
        writer.addEnvelopes(vault, stream, ...given)
      ),
      addRuns: (vault, stream, ...given) => (changesHead(vault, stream), writer.addRuns(vault, stream, ...given)),
      setRefill: (place, ...given) => (this.#refills.change(byteKey(place)), writer.setRefill(place, ...given)),
      // Every push asks this.
      refillOf: (place) => this.#refills.within(byteKey(place), () => writer.refillOf(place)),
    }
  }

  /** Wraps the reader of durable state. */
  remembering(reader: StorageReader): StorageReader {
    return {
      ...reader,
      accountLength: (account) => this.#accounts.of(byteKey(account), () => reader.accountLength(account)),
      controlLength: (vault) => this.#vaults.of(byteKey(vault), () => reader.controlLength(vault)),
      streamHead: (vault, stream) => this.#heads.of(headKey(vault, stream), () => reader.streamHead(vault, stream)),
      refillOf: (place) => this.#refills.of(byteKey(place), () => reader.refillOf(place)),
    }
  }

  committed(): void {
    for (const known of [this.#accounts, this.#vaults, this.#heads, this.#refills]) known.committed()
  }
}

function headKey(vault: Uint8Array, stream: Uint8Array): string {
  return byteKey(vault) + byteKey(stream)
}
