/**
 * The files of one open chart while it is open (B3): what waits is uploaded and what a person wants kept here is fetched, beside the sync
 * loop, so that a large file holds up no record. Progress is told, a stop ends it at a chunk, and the next run continues there.
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

/** A file up to this size stays here once it was opened, where nobody chose otherwise; a larger one goes again. */
const KEPT_ONCE_OPENED_BYTES = 16 * 1024 * 1024
/** Uploads of no more than this are part of a pass of the sync loop; more continue beside it. */
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
  /** A line on which several chunks at a time do not come through in their time has the next run to one alone. */
  #atOnce = AT_ONCE
  #isSwept = false
  /** How many readers a file has: its chunks stay until the last has gone. */
  readonly #readers = new Map<string, number>()
  readonly #work = new Set<Promise<unknown>>()

  constructor(machine: VaultMachine, chunks: ChunkDisk) {
    this.#machine = machine
    this.#chunks = chunks
  }

  /**
   * One run: uploads, then files to be kept here. A small one is awaited; a large one continues, and `onSent` is called when it has sent all.
   * Answers what went wrong with uploads, of this run or of the one before.
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

  /** S9: what is whole here is offered to the server at the next run, and until it has been. */
  async owe(): Promise<void> {
    // Each time another one: a run that has begun before does not end what is owed since.
    const value = idText(this.#machine.randomBytes(8))
    await this.#machine.rows.commit({ sync: [{ table: TABLE.meta, key: OWED, value }] })
  }

  /** Waits for what runs now, without ending it. */
  async settled(): Promise<void> {
    await this.#sending
    await this.#keeping
  }

  /** Ends what runs at the next chunk and waits for it. */
  async stop(): Promise<void> {
    this.#control.abort()
    await Promise.allSettled([this.#sending, ...this.#work])
    await this.#keeping
    this.#control = new AbortController()
  }

  /** Work on files that ends with the chart: `signal` is aborted at a stop, and at the caller's own. */
  async working<T>(work: (signal: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const done = work(this.#joined(signal))
    this.#work.add(done)
    try {
      return await done
    } finally {
      this.#work.delete(done)
    }
  }

  /** Hands the file on piece by piece; afterwards its chunks stay or go, as was chosen. */
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

  /** Fetches the file and keeps it, or lets its chunks go; survives a restart. What the server has not confirmed to hold stays until it has. */
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

  /** By blob, in one look at the disk. */
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

  /** Fetches what is to be kept here, and lets go what is not. A file that does not come now is asked for at the next run. */
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
      // A closed or full disk: the next run asks again.
      return
    }
    for (const { choice, address: text } of this.#kept()) {
      const address = readAddress(text)
      if (address === null || signal.aborted) continue
      try {
        if (choice === 'fetch') await this.#letGo(server, address)
        else if (!(await presenceOf(this.#chunks, address)).isWhole) await this.#fetch(server, address, { signal })
      } catch {
        // A full or closed disk; whoever opens the file is told.
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
   * Removes the chunks of a file that nobody is reading, once the server has said that it holds every one of them: a device may have a file
   * from a backup, or from a server that has lost it since, and what is removed then is gone.
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
