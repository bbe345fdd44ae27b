/** The part of PouchDB 9 (https://pouchdb.com/api.html) that the mirror uses; neither package has types. */
declare module 'pouchdb-core' {
  /** CouchDB's answer for one document. */
  export interface Written {
    ok?: boolean
    id?: string
    rev?: string
    error?: unknown
    status?: number
  }
  interface Row {
    key: string
    error?: string
    value?: { rev: string; deleted?: boolean }
    doc?: unknown
  }
  export default class PouchDB {
    constructor(url: string, options?: { fetch?: typeof PouchDB.fetch })
    static plugin(plugin: unknown): void
    static fetch(url: string, options: Record<string, unknown>): Promise<unknown>
    /** Rejects with `status` 404 if there is none. */
    get(id: string): Promise<unknown>
    put(doc: { _id: string; _rev?: string }): Promise<Written>
    bulkDocs(docs: readonly { _id: string; _rev?: string; _deleted?: boolean }[]): Promise<Written[]>
    allDocs(asked: { keys: readonly string[]; include_docs?: boolean }): Promise<{ rows: Row[] }>
    close(): Promise<void>
  }
}

declare module 'pouchdb-adapter-http' {
  const plugin: unknown
  export default plugin
}
