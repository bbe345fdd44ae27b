/** The files of an open chart, as the app adds and reads them (B1 to B3); file-transfers.ts sends and fetches them. */
import { APPEND } from '@chartkeep/protocol'
import { diskTroubleOf, type ChunkDisk } from '@chartkeep/store'
import type { Chart, FileProblem, FileRef, FileRefusal, FileState, FileWatch, UnfinishedFile } from '../contract/api.ts'
import type { ChartHost } from './chart-host.ts'
import type { FileAddress } from '../record/file-address.ts'
import { purgeFiles } from '../files/file-names.ts'
import { gathering } from '../files/file-read.ts'
import { FileTransfers } from '../files/file-transfers.ts'
import { dropUnfinished, unfinishedFiles } from '../files/file-unfinished.ts'
import { keepFile, MAX_FILE_BYTES, readFile, type ReadFile } from '../files/files.ts'
import { restoreFiles, type RestoredFiles } from '../files/inline-files.ts'
import type { ServerApi } from '../ports/ports.ts'
import { recordFiles } from '../record/record-files.ts'
import { writableStream } from '../vault/vault-rights.ts'
import type { VaultMachine } from '../vault/vault-state.ts'

export interface ChartFilesInput {
  machine: VaultMachine
  chunks: ChunkDisk
  session: Pick<ChartHost, 'server' | 'wake'>
  /** Keeps the chart open until the returned function is called. */
  hold(): () => void
}

export class ChartFiles {
  readonly transfers$: FileTransfers['transfers$']
  readonly #input: ChartFilesInput
  readonly #transfers: FileTransfers
  /** Files that are being sealed now. */
  readonly #adding = new Set<string>()

  constructor(input: ChartFilesInput) {
    this.#input = input
    this.#transfers = new FileTransfers(input.machine, input.chunks)
    this.transfers$ = this.#transfers.transfers$
  }

  get #server(): ServerApi | null {
    return this.#input.session.server
  }

  async add(
    { name, contentType, content, collection }: Parameters<Chart['addFile']>[0],
    watch: FileWatch = {},
  ): Promise<FileRef | FileRefusal> {
    const { machine, chunks, hold } = this.#input
    if (content.size > MAX_FILE_BYTES) return { type: 'too-large', limitBytes: MAX_FILE_BYTES }
    const stream = writableStream(machine, collection, APPEND)
    if (stream === null) throw new Error('files cannot be kept in this collection')
    // A chart with a file in progress is not closed to make room for another.
    const release = hold()
    let begun = ''
    const onBlob = (blob: string) => {
      begun = blob
      this.#adding.add(blob)
    }
    const file = { name, contentType, content }
    try {
      return await this.#transfers.working(
        (signal) => keepFile(machine, chunks, { stream, collection }, file, { ...watch, signal, onBlob }),
        watch.signal,
      )
    } catch (error) {
      const refusal = fileRefusal(error)
      if (refusal === null) throw error
      return refusal
    } finally {
      this.#adding.delete(begun)
      release()
    }
  }

  unfinished(): Promise<UnfinishedFile[]> {
    return unfinishedFiles(this.#input.machine, this.#input.chunks, this.#adding)
  }

  drop(id: string): Promise<void> {
    return dropUnfinished(this.#input.machine, this.#input.chunks, id, this.#adding)
  }

  of(resource: string): ReturnType<Chart['files']> {
    return recordFiles(resource).map(({ name, contentType, size, content }) => ({
      id: content.type === 'sealed' ? content.address.blob : null,
      name,
      contentType,
      size,
    }))
  }

  async read(resource: string, index = 0, watch: FileWatch = {}): Promise<ReadFile> {
    const address = addressOf(resource, index)
    if (address === null) return readFile(this.#input.machine, this.#input.chunks, this.#server, resource, index)
    const { take, whole } = gathering(address)
    const problem = await this.#transfers.read(this.#server, address, take, watch)
    const { name, contentType } = recordFiles(resource)[index]!
    return problem ?? { name, contentType, bytes: whole() }
  }

  async stream(
    resource: string,
    index: number,
    take: (piece: Uint8Array) => void | Promise<void>,
    watch: FileWatch = {},
  ): Promise<FileProblem | null> {
    const address = addressOf(resource, index)
    if (address !== null) return this.#transfers.read(this.#server, address, take, watch)
    const read = await this.read(resource, index)
    if ('type' in read) return read
    await take(read.bytes)
    return null
  }

  async state(resource: string, index: number): Promise<FileState | null> {
    const address = addressOf(resource, index)
    return address === null ? null : this.#transfers.state(address)
  }

  async states(resources: readonly string[]): Promise<Map<string, FileState>> {
    const addresses = resources
      .flatMap((resource) => recordFiles(resource))
      .flatMap(({ content }) => (content.type === 'sealed' ? [content.address] : []))
    return this.#transfers.states(addresses)
  }

  async keep(resource: string, index: number, isKept: boolean, watch: FileWatch = {}): Promise<FileProblem | null> {
    const address = addressOf(resource, index)
    if (address === null) return { type: 'damaged' }
    return this.#transfers.choose(this.#server, address, isKept ? 'keep' : 'fetch', watch)
  }

  wholeText(resource: string): Promise<RestoredFiles> {
    return restoreFiles(this.#input.machine, this.#input.chunks, this.#server, resource)
  }

  send(server: ServerApi): ReturnType<FileTransfers['send']> {
    return this.#transfers.send(server, () => this.#input.session.wake())
  }

  /** S9: gives the complete files on this device back to a server that lost data. */
  owe(): Promise<void> {
    return this.#transfers.owe()
  }

  stop(): Promise<void> {
    return this.#transfers.stop()
  }

  /** C10: access has ended; removes every file of the chart from this device. */
  async purge(): Promise<void> {
    await this.#transfers.stop()
    await purgeFiles(this.#input.chunks)
  }
}

/** Null for a file inside the record, or for none. */
function addressOf(resource: string, index: number): FileAddress | null {
  const content = recordFiles(resource)[index]?.content
  return content?.type === 'sealed' ? content.address : null
}

/** What the person is told about a file that could not be stored; null for an error that they can do nothing about. */
function fileRefusal(error: unknown): FileRefusal | null {
  if (!(error instanceof Error)) return null
  if (error.name === 'AbortError') return { type: 'cancelled' }
  if (diskTroubleOf(error) === 'full') return { type: 'full' }
  return error.name === 'NotReadableError' || error.name === 'NotFoundError' ? { type: 'unreadable' } : null
}
