/**
 * Signing in an open chart (N1 to N4, N8): a person's signature on the version that they have read, and the verified signatures of a
 * record.
 */
import { concat, defer, filter, switchMap, type Observable } from 'rxjs'
import type { StoredRecord } from '@chartkeep/store'
import type { RecordRevision, SignatureView, SignInput, SignOutcome } from '../contract/api.ts'
import type { ChartWriter } from './chart-writer.ts'
import type { ShownRecords } from '../consent/expired-grant-lock.ts'
import { SIGNATURES, type ContentSignatures } from './sign-content.ts'
import { prepareVersion } from '../edit/vault-local.ts'
import type { VaultMachine } from '../vault/vault-state.ts'

export interface ChartSigningInput {
  machine: VaultMachine
  /** C10: a locked record can be neither signed nor saved. */
  shown: Pick<ShownRecords, 'read'>
  writer: ChartWriter
  signatures: ContentSignatures
  settled$: Observable<unknown>
  history(id: string): Promise<RecordRevision[]>
}

export class ChartSigning {
  readonly all$: Observable<SignatureView[]>
  readonly #input: ChartSigningInput

  constructor(input: ChartSigningInput) {
    this.#input = input
    this.all$ = input.settled$.pipe(switchMap(() => input.signatures.views()))
  }

  sign({ record, revision, ...how }: SignInput): Promise<SignOutcome> {
    const { machine, shown, writer, signatures } = this.#input
    return writer.durably(async () => {
      if (!signatures.canSign(how.meaning)) return { type: 'no-right' }
      const row = shown.read(record)
      if (row === null || row.revision !== revision) return { type: 'changed' }
      const resource = await signatures.make(how, row)
      const prepared = prepareVersion(machine, { collection: SIGNATURES, resource })
      if (prepared.type !== 'row') return { type: 'no-right' }
      const { collectionName: collection, title: subject } = row
      await writer.commit([
        prepared,
        ...writer.noted(how.meaning === 'decline' ? 'declined' : 'signed', { collection, subject, record }),
      ])
      return { type: 'signed', id: prepared.row.id }
    })
  }

  /** The signatures as verified with the texts on this device, and again when the server has sent texts of earlier versions. */
  of$(doc: string): Observable<SignatureView[]> {
    const { signatures, settled$, history } = this.#input
    const read$ = defer(() => signatures.views(doc))
    const fetched$ = defer(() => signatures.fetchTexts(doc, history)).pipe(
      filter((came) => came),
      switchMap(() => read$),
    )
    return settled$.pipe(switchMap(() => concat(read$, fetched$)))
  }

  /** The signature records of a record, in their order. */
  rowsOf(doc: string): StoredRecord[] {
    return this.#input.signatures.rowsOf(doc)
  }

  async save(id: string): Promise<Uint8Array | null> {
    const { shown, signatures, history, writer } = this.#input
    const row = shown.read(id)
    if (row === null) return null
    await signatures.fetchTexts(row.doc, history)
    const file = signatures.file(row)
    if (file !== null) await writer.note('exported', { collection: row.collectionName, subject: row.title, record: id })
    return file
  }
}
