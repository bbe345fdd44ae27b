/**
 * Programs that read a chart through a gateway: what a grant says of the program that it is for, what the account that holds several grants
 * knows of each, and rows that a gateway keeps sealed. Rules W1 to W3, W26 (docs/spec/W.md).
 */

export type ProgramKind = 'app' | 'integration' | 'assistant' | 'export'

/** `read` writes nothing, `propose` writes suggestions alone, `write` adds records of the program's own. */
export type ProgramMode = 'read' | 'propose' | 'write'

/** The program that a grant is for, in the sealed label of the grant: the server never learns it. */
export interface GrantProgram {
  /** 16 random bytes as text (base64url): the program at its gateway. */
  client: string
  name: string
  kind: ProgramKind
  mode: ProgramMode
  /** After so many days without a report of what it read the gateway stops answering this program (W27). */
  silence: number
  /** 16 random bytes as text: the request that the person answered. */
  request: string
}

/** What a line of the audit log says of a program (W21, W22). */
export interface ProgramNote {
  client: string
  name: string
  /** False where the gateway ended before it could tell all. */
  complete: boolean
  lists: { collection: string; requests: number; docs: readonly string[] }[]
}

/** Rows of one account on one device, sealed, by text keys. */
export interface Shelf {
  get(key: string): string | null
  entries(prefix: string): [key: string, value: string][]
  /** Writes all rows as one durable entry; null removes. */
  commit(rows: readonly (readonly [key: string, value: string | null])[]): Promise<void>
}
