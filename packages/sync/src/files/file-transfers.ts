/**
 * The file transfers of one open chart (B3): uploads waiting files and fetches files that the person wants on this device, in parallel to
 * the sync loop, so that a large file delays no record. Progress is reported; a stop takes effect after the current chunk, and the next run
 * continues there.
 */
import { CHUNK_SIZE } from '@chartkeep/crypto'
import { idText } from '@chartkeep/protocol'
import type { ChunkDisk } from '@chartkeep/store'
import { BehaviorSubject } from 'rxjs'
import type { FileProblem, FileState, FileTransfer } from '../contract/api.ts'
import { readAddress, writeAddress, type FileAddress } from '../record/file-address.ts'
import { reseedFiles } from './reseed-files.ts'
import { sweepFiles } from './file-names.ts'
import { isAtServer, presenceIn, presenceOf, streamFile } from './file-read.ts'
import type { FileWork } from './file-seal.ts'
import { isReady, type UploadRow } from '../vault/upload-row.ts'
import { AT_ONCE, noteNamed, sendFiles, type SendFailure } from './file-send.ts'
import type { ServerApi } from '../ports/ports.ts'
import { rowValue, TABLE, type VaultMachine } from '../vault/vault-state.ts'

/** A file up to this size stays on this device after it was opened, unless the person chose otherwise; a larger file is removed again. */
const KEPT_ONCE_OPENED_BYTES = 16 * 1024 * 1024
/** Uploads of at most this many chunks are part of a pass of the sync loop; larger ones continue in parallel. */
const SMALL_CHUNKS = 4

const NOTHING = () => {}
/** Key in the table `meta`. */
const OWED = 'files-owed'

interface KeptRow {
  choice: 'keep' | 'fetch'
  address: string
}

export class FileTransfers {
  readonly transfers$ = new BehaviorSubject<readonly FileTransfer[]>([])
  readonly #machine: VaultMachine
  readonly #chunks: ChunkDisk
  #control = new AbortController()
  #sending: Promise<SendFailure | null> | null = null
  #keeping: Promise<void> | null = null
  #failure: SendFailure | null = null
  /** After chunks in parallel time out, the next run uploads one at a time. */
  #atOnce = AT_ONCE
  #isSwept = false
  /** The number of readers of each file: its chunks stay until the last reader has finished. */
  readonly #readers = new Map<string, number>()
  readonly #work = new Set<Promise<unknown>>()

  constructor(machine: VaultMachine, chunks: ChunkDisk) {
    this.#machine = machine
    this.#chunks = chunks
  }

  /**
   * One run: uploads, then fetches files to be kept here. A small upload is awaited; a large one continues, and `onSent` is called once it
   * has sent everything. Resolves to the failure of uploads in this run or the previous one.
   */
  async send(server: ServerApi, onSent: () => void): Promise<SendFailure | null> {
    await noteNamed(this.#machine)
    const waiting = this.#waitingChunks()
    this.#sending ??= this.#send(server).finally(() => {
      this.#sending = null
    })
    const sending = this.#sending
    void sending.then((failed) => {
      if (failed?.type !== 'offline')
        this.#keeping ??= this.#fetchKept(server).finally(() => {
          this.#keeping = null
        })
      if (failed === null && waiting > SMALL_CHUNKS) onSent()
    }, NOTHING)
    return waiting <= SMALL_CHUNKS ? sending : this.#failure
  }

  /** S9: offers the complete files on this device to the server in the next run, and in later runs until that has succeeded. */
  async owe(): Promise<void> {
    // A new value each time, so that an earlier run does not clear a later request.
    const value = idText(this.#machine.randomBytes(8))
    await this.#machine.rows.commit({ sync: [{ table: TABLE.meta, key: OWED, value }] })
  }

  /** Waits for the current run without stopping it. */
  async settled(): Promise<void> {
    await this.#sending
    await this.#keeping
  }

  /** Stops the current run after its chunk and waits for it. */
  async stop(): Promise<void> {
    this.#control.abort()
    await Promise.allSettled([this.#sending, ...this.#work])
    await this.#keeping
    this.#control = new AbortController()
  }

  /** Runs work on files that ends with the chart: `signal` is aborted at a stop and by the caller's own signal. */
  async working<T>(work: (signal: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const done = work(this.#joined(signal))
    this.#work.add(done)
    try {
      return await done
    } finally {
      this.#work.delete(done)
    }
  }

  /** Delivers the file in pieces; afterwards its chunks stay or are removed, as the person chose. */
  async read(
    server: ServerApi | null,
    address: FileAddress,
    take: (piece: Uint8Array) => void | Promise<void>,
    work: FileWork = {},
  ): Promise<FileProblem | null> {
    const before = await presenceOf(this.#chunks, address)
    const { blob } = address
    this.#readers.set(blob, (this.#readers.get(blob) ?? 0) + 1)
    const reading = streamFile(this.#machine, this.#chunks, server, address, take, {
      ...work,
      signal: this.#joined(work.signal),
    })
    this.#work.add(reading)
    try {
      const problem = await reading
      const stays =
        this.#choiceOf(blob) ?? (before.isWhole || address.size <= KEPT_ONCE_OPENED_BYTES ? 'keep' : 'fetch')
      this.#leave(blob)
      if (problem === null && stays === 'fetch') await this.#letGo(server, address)
      return problem
    } catch (error) {
      this.#leave(blob)
      throw error
    } finally {
      this.#work.delete(reading)
    }
  }

  /**
   * Fetches the file and keeps it, or removes its chunks; the choice survives a restart. Chunks that the server has not confirmed stay
   * until it has.
   */
  async choose(
    server: ServerApi | null,
    address: FileAddress,
    choice: 'keep' | 'fetch',
    work: FileWork = {},
  ): Promise<FileProblem | null> {
    const row = rowValue({ choice, address: writeAddress(address) } satisfies KeptRow)
    await this.#machine.rows.commit({ sync: [{ table: TABLE.kept, key: address.blob, value: row }] })
    if (choice === 'fetch') {
      await this.#letGo(server, address)
      return null
    }
    return this.#fetch(server, address, work)
  }

  async state(address: FileAddress): Promise<FileState> {
    return this.#stateOf(address, await presenceOf(this.#chunks, address))
  }

  /** By blob, with a single read of the disk. */
  async states(addresses: readonly FileAddress[]): Promise<Map<string, FileState>> {
    const here = await this.#chunks.counts()
    return new Map(
      addresses.map((address) => [
        address.blob,
        this.#stateOf(address, presenceIn(here.get(address.blob) ?? 0, address)),
      ]),
    )
  }

  #stateOf(address: FileAddress, { isWhole, doneBytes }: ReturnType<typeof presenceIn>): FileState {
    const upload = this.#machine.rows.get(TABLE.file, address.blob) as unknown as UploadRow | undefined
    const choice = this.#choiceOf(address.blob)
    return {
      place: isWhole ? 'here' : doneBytes > 0 ? 'part' : 'server',
      doneBytes,
      isKept: choice === null ? isWhole : choice === 'keep',
      isWaiting: upload !== undefined,
    }
  }

  async #send(server: ServerApi): Promise<SendFailure | null> {
    const { signal } = this.#control
    if (!this.#isSwept) {
      this.#isSwept = true
      await sweepFiles(this.#machine, this.#chunks)
    }
    let blob = ''
    this.#failure = await sendFiles(this.#machine, this.#chunks, server, {
      signal,
      atOnce: this.#atOnce,
      onFile: (next) => {
        this.#tell(blob, null)
        blob = next
      },
      onProgress: (done, all) =>
        this.#tell(blob, { way: 'send', doneBytes: done * CHUNK_SIZE, allBytes: all * CHUNK_SIZE }),
    })
    this.#atOnce = this.#failure?.type === 'offline' ? 1 : AT_ONCE
    this.#tell(blob, null)
    return this.#failure
  }

  /** Fetches files to be kept here and removes those that are not. A file that cannot be fetched now is tried again in the next run. */
  async #fetchKept(server: ServerApi): Promise<void> {
    const { signal } = this.#control
    try {
      const { rows } = this.#machine
      const owed = rows.get(TABLE.meta, OWED)
      if (owed !== undefined) {
        const given = await reseedFiles(this.#machine, this.#chunks, server, { signal })
        if (given === 'offline') return
        if (rows.get(TABLE.meta, OWED) === owed)
          await rows.commit({ sync: [{ table: TABLE.meta, key: OWED, value: null }] })
      }
    } catch {
      // The disk is closed or full: the next run tries again.
      return
    }
    for (const { choice, address: text } of this.#kept()) {
      const address = readAddress(text)
      if (address === null || signal.aborted) continue
      try {
        if (choice === 'fetch') await this.#letGo(server, address)
        else if (!(await presenceOf(this.#chunks, address)).isWhole) await this.#fetch(server, address, { signal })
      } catch {
        // The disk is full or closed; opening the file reports it.
        return
      }
    }
  }

  #fetch(server: ServerApi | null, address: FileAddress, work: FileWork): Promise<FileProblem | null> {
    const { blob } = address
    const onProgress = (doneBytes: number, allBytes: number) => {
      this.#tell(blob, { way: 'fetch', doneBytes, allBytes })
      work.onProgress?.(doneBytes, allBytes)
    }
    const fetching = streamFile(this.#machine, this.#chunks, server, address, () => {}, {
      signal: this.#joined(work.signal),
      onProgress,
    }).finally(() => {
      this.#tell(blob, null)
      this.#work.delete(fetching)
    })
    this.#work.add(fetching)
    return fetching
  }

  /**
   * Removes the chunks of a file that nobody is reading, once the server has confirmed that it holds every one: the device may have the
   * file from a backup, or from a server that has lost it since, and these may be the last chunks.
   */
  async #letGo(server: ServerApi | null, address: FileAddress): Promise<void> {
    const { blob } = address
    const isNeeded = () => this.#readers.has(blob) || this.#machine.rows.get(TABLE.file, blob) !== undefined
    if (isNeeded() || (await this.#chunks.has(blob)).length === 0) return
    if (!(await isAtServer(this.#machine, server, address)) || isNeeded() || this.#choiceOf(blob) === 'keep') return
    await this.#chunks.remove(blob)
  }

  #leave(blob: string): void {
    const left = (this.#readers.get(blob) ?? 1) - 1
    if (left === 0) this.#readers.delete(blob)
    else this.#readers.set(blob, left)
  }

  #joined(signal: AbortSignal | undefined): AbortSignal {
    return signal === undefined ? this.#control.signal : AbortSignal.any([signal, this.#control.signal])
  }

  #kept(): KeptRow[] {
    return [...this.#machine.rows.table(TABLE.kept).values()].map((value) => value as unknown as KeptRow)
  }

  #choiceOf(blob: string): KeptRow['choice'] | null {
    return (this.#machine.rows.get(TABLE.kept, blob) as unknown as KeptRow | undefined)?.choice ?? null
  }

  #waitingChunks(): number {
    const rows = [...this.#machine.rows.table(TABLE.file).values()].map((value) => value as unknown as UploadRow)
    return rows.filter(isReady).reduce((sum, { total }) => sum + total, 0)
  }

  #tell(blob: string, transfer: Omit<FileTransfer, 'file'> | null): void {
    if (blob === '') return
    const others = this.transfers$.value.filter(({ file }) => file !== blob)
    if (transfer === null && others.length === this.transfers$.value.length) return
    this.transfers$.next(transfer === null ? others : [...others, { file: blob, ...transfer }])
  }
}
