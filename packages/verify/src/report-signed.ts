/** What a saved signed record says, in plain words: the text, who signed it by which account, and which of these the reader trusts. */
import { bytesToHex } from '@chartkeep/crypto/encoding'
import type { ContentMeaning, ContentStatement } from '@chartkeep/protocol/records'
import type { ProvedSigned, RefusedSigned, SignedVerdict } from './check-signed.ts'
import { groups, instant, plainHex, shown, textLines, type Report } from './report.ts'

const WHY: Record<RefusedSigned['reason'], string> = {
  form: 'This is not a signed record of Chartkeep, or it was changed or cut off.',
  unsigned: 'There is something in it that nobody signed.',
  account: 'The log of an account does not hold, or does not reach as far as a signature says.',
  version: 'A signature belongs to another version or another record.',
  text: 'The text is not the one that was signed.',
  head: 'A signature names a state of its account that never was.',
  'device-not-live': 'The device that signed did not belong to the account at that time.',
  signer: 'A signature is not that of whoever is named.',
  role: 'Somebody did not have the role that is named.',
  name: 'A name is not that of whoever signed.',
  order: 'A signature is missing, or they were put in another order.',
}

const DID: Record<ContentMeaning, string> = {
  author: 'signed as author',
  'co-sign': 'signed as well',
  review: 'reviewed it',
  approve: 'approved it',
  acknowledge: 'confirmed having read it',
  decline: 'declined to sign',
}

/** The report of a verdict; exit codes as in report.ts. `trust`: fingerprints that the reader named. */
export function reportOfSigned(verdict: SignedVerdict, trust: readonly string[]): Report {
  if (verdict.type === 'refused')
    return { code: 1, text: `DOES NOT HOLD\n\n${WHY[verdict.reason]} (${verdict.reason})\nIt proves nothing.\n` }
  const named = new Set(trust.map(plainHex))
  const accounts = verdict.accounts.map((id) => ({
    text: groups(bytesToHex(id)),
    isTrusted: named.has(bytesToHex(id)),
  }))
  const missing = accounts.filter(({ isTrusted }) => !isTrusted)
  const lines = [
    missing.length === 0 ? 'HOLDS' : 'HOLDS, under accounts that you have not named as trusted',
    '',
    ...versionLines(verdict),
    'Whose accounts',
    ...accounts.map(
      ({ text, isTrusted }) => `  ${text}  ${isTrusted ? '(you trust it)' : '(NOT among those you named)'}`,
    ),
    ...(missing.length === 0
      ? []
      : [
          '',
          'Compare these with what you got from the practice or the person, then name them:',
          `  --trust "${missing.map(({ text }) => text).join('" --trust "')}"`,
        ]),
  ]
  return { code: missing.length === 0 ? 0 : 2, text: `${lines.join('\n')}\n` }
}

function versionLines({ versions, record, collection }: ProvedSigned): string[] {
  return versions.flatMap(({ revision, text, signatures }) => [
    `Record ${groups(bytesToHex(record))} of ${shown(collection)}, version ${groups(bytesToHex(revision))}`,
    ...signatures.map((statement) => `  ${whoOf(statement)}`),
    '  What was signed, word for word:',
    ...textLines(text),
    '',
  ])
}

function whoOf({ signer, account, meaning, time, comment, language }: ContentStatement): string {
  const who =
    signer === null
      ? `The person of account ${groups(bytesToHex(account))}`
      : `${shown(signer.name)} (${signer.roles.join(', ')})`
  const said = comment === null ? '' : `: "${shown(comment.replaceAll('\n', ' '))}"`
  const read = language === null ? '' : `, read in ${shown(language)}`
  return `${who} ${DID[meaning]}${said}${read}, at ${instant(time)} by the signer's clock`
}
