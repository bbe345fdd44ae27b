/** What a file of evidence proves, in plain words, and under whose key (check-evidence.ts). */
import { bytesToHex } from '@chartkeep/crypto/encoding'
import { sha256 } from '@chartkeep/crypto/hash'
import type { EvidenceHead, EvidenceItem, EvidenceVerdict } from './check-evidence.ts'
import { groups, instant, plainHex, type Report } from './report.ts'

const OF: Record<EvidenceHead['kind'], string> = {
  account: 'who is in an account, and its devices',
  control: 'who may read and write in a chart',
  stream: 'a list of records of a chart',
  audit: 'who read what in a chart',
}

/** The report of a verdict. `trust`: fingerprints of servers that the reader named. */
export function reportOfEvidence(verdict: EvidenceVerdict, trust: readonly string[]): Report {
  if (verdict.type === 'refused')
    return {
      code: 1,
      text: 'DOES NOT HOLD\n\nThis is not a file of evidence of Chartkeep, or it was changed or cut off.\n',
    }
  const proofs = verdict.items.filter(({ proof }) => proof !== 'nothing')
  const rest = verdict.items.length - proofs.length
  const others =
    rest === 0
      ? []
      : [
          `${rest} more kept, which by ${rest === 1 ? 'itself proves' : 'themselves prove'} nothing: what the device had read before is not in the file.`,
          '',
        ]
  if (proofs.length === 0) return { code: 2, text: ['PROVES NOTHING BY ITSELF', '', ...others].join('\n') }
  const named = new Set(trust.map(plainHex))
  const servers = [...new Set(proofs.map(({ serverKey }) => bytesToHex(sha256(serverKey!))))]
  const isTrusted = (server: string) => named.has(server.slice(0, 16)) || named.has(server)
  const isHistory = proofs.some(({ proof }) => proof === 'two-histories')
  const what = isHistory ? 'PROVES TWO HISTORIES' : 'PROVES THAT THE SERVER WENT BACK'
  const isNamed = servers.every(isTrusted)
  const lines = [
    isNamed ? what : `${what}, under keys that you have not named as trusted`,
    '',
    ...proofs.flatMap(proofLines),
    ...others,
    ...servers.map(
      (server) => `Signed by the server ${groups(server.slice(0, 16))}${isTrusted(server) ? ' (named)' : ''}`,
    ),
    '',
  ]
  return { code: isNamed ? 0 : 2, text: lines.join('\n') }
}

function proofLines({ proof, heads }: EvidenceItem): string[] {
  const [one, other] = heads as [EvidenceHead, EvidenceHead]
  return [
    `Of ${OF[one.kind]} (${groups(one.id)}) the server signed`,
    ...[one, other].map(({ n, h, time }) => `  ${instant(time)}  ${n} entries, ${groups(h.slice(0, 16))} ...`),
    proof === 'two-histories'
      ? 'One number of entries has one history: at least one of the two is not true.'
      : 'The later one has fewer entries: it lost some, was put back from a backup, or held them back.',
    '',
  ]
}
