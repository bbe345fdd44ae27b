/**
 * Programs that read a chart through a gateway: the description of a program in its grant, the grants of an account with several programs,
 * and rows that a gateway stores sealed. Rules W1 to W3, W26 (docs/spec/W.md).
 */

export type ProgramKind = 'app' | 'integration' | 'assistant' | 'export'

/** `read`: writes nothing; `propose`: writes only suggestions; `write`: adds records of its own. */
export type ProgramMode = 'read' | 'propose' | 'write'

/** The program of a grant, in the grant's sealed label: the server never learns it. */
export interface GrantProgram {
  /** The program's id at its gateway: 16 random bytes as text (base64url). */
  client: string
  name: string
  kind: ProgramKind
  mode: ProgramMode
  /** After this many days without a report of its reads, the gateway stops answering the program (W27). */
  silence: number
  /** The id of the request that the person answered: 16 random bytes as text. */
  request: string
}

/** The program in an audit entry (W21, W22). */
export interface ProgramNote {
  client: string
  name: string
  /** False if the gateway ended before it could record everything. */
  complete: boolean
  lists: { collection: string; requests: number; docs: readonly string[] }[]
}

/** Sealed rows of one account on one device, by text keys. */
export interface Shelf {
  get(key: string): string | null
  entries(prefix: string): [key: string, value: string][]
  /** Writes all rows as one durable entry; null removes a row. */
  commit(rows: readonly (readonly [key: string, value: string | null])[]): Promise<void>
}
