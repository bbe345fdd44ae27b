/**
 * Whether a saved signed record holds (N8): every signature in it, over exactly the text that it brings, in the order in which they were made. What
 * it proves is under the account logs that the file itself brings; whose accounts they are is for the reader to say (report-signed.ts).
 */
import { equalBytes } from '@chartkeep/crypto/encoding'
import { decodeAs, idText } from '@chartkeep/protocol'
import { readAccountLog, type AccountState } from '@chartkeep/protocol/account'
import {
  inContentOrder,
  MAX_SIGNED_FILE_BYTES,
  missingOrder,
  readContentSignature,
  SignedFile,
  verifyContentSignature,
  type ContentFailure,
  type ContentSignature,
  type ContentStatement,
} from '@chartkeep/protocol/records'

export interface ProvedSigned {
  type: 'holds'
  collection: string
  record: Uint8Array
  versions: { revision: Uint8Array; text: string; signatures: ContentStatement[] }[]
  /** Ids of the signers' accounts, each once. */
  accounts: Uint8Array[]
}

/** `unsigned`: a text that nobody signed. `account`: a log that does not hold, or none for a signature. */
export interface RefusedSigned {
  type: 'refused'
  reason: 'form' | 'unsigned' | 'account' | ContentFailure
}

export type SignedVerdict = ProvedSigned | RefusedSigned

function refused(reason: RefusedSigned['reason']): RefusedSigned {
  return { type: 'refused', reason }
}

/** Whether the bytes say of themselves that they are such a file; a proof of an audit log (A4) is none. */
export function isSignedFile(encoded: Uint8Array): boolean {
  return encoded.length <= MAX_SIGNED_FILE_BYTES && decodeAs(SignedFile, encoded) !== null
}

/** Checks the bytes of a saved signed record; never throws for what a file can hold. */
export async function checkSigned(encoded: Uint8Array): Promise<SignedVerdict> {
  const file = encoded.length > MAX_SIGNED_FILE_BYTES ? null : decodeAs(SignedFile, encoded)
  if (file === null || file.signatures.length === 0) return refused('form')
  const accounts = new Map<string, AccountState>()
  for (const entries of file.accounts) {
    const state = await readAccountLog(entries)
    if (state === null || 'type' in state || accounts.has(idText(state.account))) return refused('account')
    accounts.set(idText(state.account), state)
  }
  const signatures: ContentSignature[] = []
  for (const carried of file.signatures) {
    const read = readContentSignature(carried)
    if (read === null) return refused('form')
    signatures.push(read)
  }
  const versions = file.versions.map((version) => ({ ...version, signatures: [] as ContentStatement[] }))
  const used = new Set<string>()
  for (const signature of signatures) {
    const { account, revision } = signature.statement
    const version = versions.find((each) => equalBytes(each.revision, revision))
    if (version === undefined) return refused('version')
    const content = { collection: file.collection, record: file.record, revision, text: version.text }
    const state = accounts.get(idText(account)) ?? null
    const verdict = await verifyContentSignature(signature, content, state)
    if (verdict.type !== 'holds') return refused(verdict.type === 'waiting' ? 'account' : verdict.why)
    version.signatures.push(signature.statement)
    used.add(idText(account))
  }
  // A reader would believe unsigned contents of the file together with the signed ones.
  if (versions.some((version) => version.signatures.length === 0) || used.size !== accounts.size)
    return refused('unsigned')
  const ordered = inContentOrder(signatures)
  const isInOrder = ordered.length === signatures.length && ordered.every((each, at) => each === signatures[at])
  if (missingOrder(signatures).size > 0 || !isInOrder) return refused('order')
  return {
    type: 'holds',
    collection: file.collection,
    record: file.record,
    versions,
    accounts: [...accounts.values()].map(({ account }) => account),
  }
}
