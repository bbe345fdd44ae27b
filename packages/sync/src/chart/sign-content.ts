/**
 * Signs versions of records and verifies the signatures of a chart (N1 to N4). A signature is a separate record in the list of notes; the
 * signed record does not change.
 */
import { sign } from '@chartkeep/crypto'
import {
  accountReference,
  maySignAs,
  memberReference,
  newSignatureRecord,
  parseJsonOrNull,
  signatureRecord,
  signingRoles,
  stringifyJson,
} from '@chartkeep/domain'
import { encodeMessage, idText, textId, ZERO_HASH } from '@chartkeep/protocol'
import { accountHead } from '@chartkeep/protocol/account'
import {
  carryContentSignature,
  contentOrderOf,
  contentSignatureMessage,
  contentTextHash,
  encodeContentStatement,
  inContentOrder,
  missingOrder,
  readContentSignature,
  verifyContentSignature,
  type ContentSignature,
  type ContentSigner,
  type ContentStatement,
  type SignedFile,
} from '@chartkeep/protocol/records'
import { base64ToBytes, bytesToBase64 } from '@chartkeep/protocol/signed'
import type { StoredRecord } from '@chartkeep/store'
import type { RecordRevision, SignatureView, SignInput } from '../contract/api.ts'
import type { ShownRecords } from '../consent/expired-grant-lock.ts'
import { ownerAccounts } from '../consent/owner-views.ts'
import { supersededOf } from '../vault/superseded-versions.ts'
import { lateAuthor } from '../files/quarantine-inbox.ts'
import type { People } from '../vault/people.ts'
import { recordNamed, type VaultMachine } from '../vault/vault-state.ts'

/** The dependencies for making and verifying a chart's signatures. */
export interface SigningDeps {
  machine: VaultMachine
  shown: Pick<ShownRecords, 'all'>
  people: People
  /** The current member, if the account is a practice (C12). */
  signer: () => ContentSigner | null
}

/** A signature in its record; `read` is null if it cannot be read. */
interface Carried {
  id: string
  /** The account that wrote the signature record; for a late record that an owner took in, its author. */
  by: string
  /** The document that the signature record claims to sign. */
  doc: string
  revision: string
  read: ContentSignature | null
}

type Verdict = SignatureView['state']

/** The list that holds signatures (N4: a Provenance). */
export const SIGNATURES = 'notes'

export class ContentSignatures {
  readonly #deps: SigningDeps
  /** Parsed signatures by key and revision: a version never changes. */
  readonly #carried = new Map<string, Carried | null>()
  /** Final verdicts, by signature and judged text. */
  readonly #verdicts = new Map<string, Verdict>()

  /** Texts of earlier versions that the server sent, by revision. */
  readonly #texts = new Map<string, string>()

  constructor(deps: SigningDeps) {
    this.#deps = deps
  }

  /** C12, C14: on a practice's device, only a member whose roles allow this meaning may sign. */
  canSign(meaning: SignInput['meaning']): boolean {
    const { machine, signer } = this.#deps
    const own = signer()
    if (own !== null) return maySignAs(own.roles, meaning)
    return machine.accounts.lookup(machine.account)?.practice === null
  }

  /** The signature record for the current version, as FHIR text. Call while no other change is in progress. */
  async make(
    { meaning, language, comment }: Omit<SignInput, 'record' | 'revision'>,
    row: StoredRecord,
  ): Promise<string> {
    const { machine, people, signer } = this.#deps
    const account = machine.accounts.lookup(machine.account)
    if (account === null) throw new Error('this account has no log')
    const own = signer()
    const at = machine.clock.now()
    const last = inContentOrder(this.#of(row.doc).flatMap(({ read }) => read ?? [])).at(-1)
    const statement: ContentStatement = {
      v: 1,
      account: machine.account,
      device: machine.device.id,
      accountLog: accountHead(account),
      collection: row.collectionName,
      record: textId(row.doc)!,
      revision: textId(row.revision)!,
      text: contentTextHash(row.resource),
      meaning,
      language: language ?? null,
      comment: comment ?? null,
      order: last === undefined ? ZERO_HASH : contentOrderOf(last.bytes),
      time: at,
      signer: own === null ? null : { ...own, roles: signingRoles(own.roles) },
    }
    const bytes = encodeContentStatement(statement)
    const signature = await sign(machine.device.signing, contentSignatureMessage(bytes))
    const { account: id, name } = people.author(idText(machine.account), idText(machine.device.id))
    return stringifyJson(
      newSignatureRecord({
        record: row.doc,
        revision: row.revision,
        type: row.type,
        meaning,
        at,
        who: own === null ? accountReference(id, name) : memberReference(idText(own.member), own.name),
        data: bytesToBase64(carryContentSignature({ bytes, signature })),
      }),
    )
  }

  /** Every signature of one record (`doc`), or of the whole chart, in the order of signing. */
  async views(doc?: string): Promise<SignatureView[]> {
    const byDoc = new Map<string, Carried[]>()
    for (const carried of this.#of(doc)) byDoc.set(carried.doc, [...(byDoc.get(carried.doc) ?? []), carried])
    const views = await Promise.all([...byDoc.values()].map((carried) => this.#judged(carried)))
    return views.flat()
  }

  /** The signature records of one record, in the same order: they are published with it. */
  rowsOf(doc: string): StoredRecord[] {
    const carried = this.#of(doc)
    const order = inContentOrder(carried.flatMap(({ read, id }) => (read === null ? [] : [{ ...read, id }])))
    return order.flatMap(({ id }) => this.#deps.machine.rows.read(id) ?? [])
  }

  /**
   * Fetches the texts of earlier versions that signatures of a record wait for; true if some arrived. They stay in memory while the chart
   * is open.
   */
  async fetchTexts(doc: string, history: (id: string) => Promise<RecordRevision[]>): Promise<boolean> {
    const { machine } = this.#deps
    const before = this.#texts.size
    for (const { read, revision } of this.#of(doc)) {
      if (read === null || this.#textOf(read.statement.collection, doc, revision) !== null) continue
      const row = recordNamed(machine, read.statement.collection, doc)
      for (const version of row === null ? [] : await history(row.id))
        if (version.resource !== null) this.#texts.set(`${doc} ${version.revision}`, version.resource)
    }
    return this.#texts.size > before
  }

  /** N8: the record with its signatures and their accounts' logs; null if it has no signature or a signed text is not here. */
  file({ doc, collectionName: collection }: StoredRecord): Uint8Array | null {
    const { accounts } = this.#deps.machine
    const ordered = inContentOrder(this.#of(doc).flatMap(({ read }) => read ?? []))
    if (ordered.length === 0) return null
    const texts = new Map<string, string>()
    const signers = new Map<string, Uint8Array>()
    for (const { statement } of ordered) {
      const revision = idText(statement.revision)
      const text = this.#textOf(collection, doc, revision)
      if (text === null || accounts.lookup(statement.account) === null) return null
      texts.set(revision, text)
      signers.set(idText(statement.account), statement.account)
    }
    const file: SignedFile = {
      format: 'chartkeep-signed',
      v: 1,
      collection,
      record: textId(doc)!,
      versions: [...texts].map(([revision, text]) => ({ revision: textId(revision)!, text })),
      signatures: ordered.map(carryContentSignature),
      accounts: [...signers.values()].map((account) => accounts.entries(account)),
    }
    return encodeMessage(file)
  }

  /** The text of the signed version; null if this device does not have it. */
  #textOf(collection: string, doc: string, revision: string): string | null {
    const { machine } = this.#deps
    const current = recordNamed(machine, collection, doc)
    if (current === null) return null
    if (current.revision === revision) return current.resource
    return supersededOf(machine, current.id, revision)?.resource ?? this.#texts.get(`${doc} ${revision}`) ?? null
  }

  #of(doc?: string): Carried[] {
    return this.#deps.shown.all().flatMap((row) => {
      const carried = row.type === 'Provenance' && row.collectionName === SIGNATURES ? this.#carriedBy(row) : null
      return carried === null || (doc !== undefined && carried.doc !== doc) ? [] : [carried]
    })
  }

  #carriedBy(row: StoredRecord): Carried | null {
    // Any author here can give their own version the revision of another's.
    const key = `${row.id} ${row.revision}`
    const known = this.#carried.get(key)
    if (known !== undefined) return known
    const found = signatureRecord(parseJsonOrNull(row.resource))
    const bytes = found === null ? null : base64ToBytes(found.data)
    const read = bytes === null ? null : readContentSignature(bytes)
    const { id, account, importSource } = row
    const late = ownerAccounts(this.#deps.machine).includes(account) ? lateAuthor(importSource) : null
    const carried =
      found === null ? null : { id, by: late ?? account, doc: found.record, revision: found.revision, read }
    this.#carried.set(key, carried)
    return carried
  }

  async #judged(carried: readonly Carried[]): Promise<SignatureView[]> {
    const readable = carried.flatMap((each) => (each.read === null ? [] : [{ ...each.read, each }]))
    const missing = missingOrder(readable)
    const views: SignatureView[] = carried
      .filter(({ read }) => read === null)
      .map((each) => this.#view(each, { type: 'broken', why: 'form' }))
    for (const one of inContentOrder(readable)) {
      const verdict = await this.#verdict(one.each, one)
      const isOutOfOrder = verdict.type === 'holds' && missing.has(one)
      views.push(this.#view(one.each, isOutOfOrder ? { type: 'broken', why: 'order' } : verdict))
    }
    return views
  }

  async #verdict({ id, doc, revision }: Carried, read: ContentSignature): Promise<Verdict> {
    const { machine } = this.#deps
    const { collection, account } = read.statement
    if (idText(read.statement.record) !== doc || idText(read.statement.revision) !== revision)
      return { type: 'broken', why: 'version' }
    const text = this.#textOf(collection, doc, revision)
    if (text === null) return { type: 'waiting', for: 'text' }
    const key = `${id} ${idText(contentOrderOf(read.bytes))} ${idText(read.signature)} ${text}`
    const known = this.#verdicts.get(key)
    if (known !== undefined) return known
    const { record, revision: version } = read.statement
    const content = { collection, record, revision: version, text }
    const verdict = await verifyContentSignature(read, content, machine.accounts.lookup(account))
    if (verdict.type !== 'waiting') this.#verdicts.set(key, verdict)
    return verdict
  }

  #view({ id, by, doc, revision, read }: Carried, state: Verdict): SignatureView {
    const { machine, people, signer } = this.#deps
    const statement = read?.statement
    const current = statement === undefined ? null : recordNamed(machine, statement.collection, doc)
    const isProved = state.type === 'holds' && statement !== undefined
    const member = isProved && statement.signer !== null ? statement.signer : null
    const author = isProved ? people.author(idText(statement.account), idText(statement.device)) : null
    const own = signer()
    const isMe =
      author?.me === true && (own === null ? '' : idText(own.member)) === (member === null ? '' : idText(member.member))
    return {
      id,
      by,
      record: doc,
      revision,
      ofCurrent: current?.revision === revision,
      meaning: statement?.meaning ?? 'author',
      language: statement?.language ?? '',
      comment: isProved ? (statement.comment ?? '') : '',
      at: statement?.time ?? 0,
      who: {
        account: author?.account ?? '',
        member: member === null ? '' : idText(member.member),
        name: member?.name ?? author?.name ?? '',
        roles: member?.roles ?? [],
        me: isMe,
      },
      state,
    }
  }
}

/** Whether a version was signed: then a later version may not replace it before the server has it. */
export function isSignedVersion(
  machine: VaultMachine,
  { doc, revision }: Pick<StoredRecord, 'doc' | 'revision'>,
): boolean {
  return machine.rows.all().some((row) => {
    if (row.type !== 'Provenance' || !row.resource.includes(revision)) return false
    const found = signatureRecord(parseJsonOrNull(row.resource))
    return found?.record === doc && found.revision === revision
  })
}
