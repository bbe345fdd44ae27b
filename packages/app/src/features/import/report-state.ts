/**
 * What the report of an import may say: one conclusion from what was counted. Every sentence of the report, its mark and its buttons follow from it,
 * so that nothing is said of a file or of records that was not so.
 */
import type { FileKind, Notice, Refusal, Skipped } from '@chartkeep/interop'
import type { PersonComparison } from '@chartkeep/interop/people'
import type { FileRefusal } from '@chartkeep/sync'

/** Where the file itself is. `not-read`: nobody has tried to keep it, because no record could be read from it. */
export type Original = { type: 'kept'; record: string } | { type: FileRefusal['type'] | 'failed' | 'not-read' }

/** What an import did. */
export interface ImportResult {
  /** Tells the records of this import from all others; '' where nothing was written. */
  id: string
  fileName: string
  sizeBytes: number
  kind: FileKind
  added: number
  unchanged: number
  corrected: number
  conflicts: number
  /** Read, and not written: the record that has this name in the chart is somebody else's to change. */
  notWritten: number
  /** Read, and not written: a person put this very record into the trash. */
  trashed: number
  /** The part of the written records that went to the list of other records. */
  kept: number
  /** The file describes the person of the chart too, beside a description that was there; not where the chart had this one already. */
  describesToo: boolean
  /** People whose records were left out, by their names as the file has them, and how many records that were. */
  others: string[]
  otherPerson: number
  /** Records of this person that were not written, because the import ended before them. */
  left: number
  /** Why it ended early; null where it did not. */
  ended: 'stopped' | 'full' | 'failed' | null
  original: Original
  refusals: Refusal[]
  /** Why the file as a whole could not be read, or not to its end. */
  fileRefusal: Refusal | null
  /** What the file says of itself: that it was cut off, or what the server that made it told. */
  notices: Notice[]
  /** Read and understood, and no record. */
  skipped: Skipped[]
  /** The files of an archive with their kinds. */
  inside: { path: string; kind: FileKind }[]
}

/**
 * `all`: everything is in, and some of it is new. `same`: everything was here already. `part`: some could not be taken. `ended`: the import ended early.
 * `cut`: the file broke off. The others say that nothing is in: `none` of its records, `bare` where the file has none, `empty`, `unread`.
 */
export type ReportHead = 'all' | 'same' | 'part' | 'ended' | 'cut' | 'none' | 'bare' | 'empty' | 'unread'

export interface ReportState {
  head: ReportHead
  tone: 'good' | 'attention' | 'danger'
  /** Records of the file that are in the chart. */
  inChart: number
  /** Records of this person that are not. */
  notIn: number
  isKept: boolean
  /** The button that keeps the file as a document. */
  mayKeep: boolean
  mayUndo: boolean
}

/** The conclusion from the counts. */
export function reportState(result: ImportResult): ReportState {
  const { added, unchanged, corrected, conflicts, notWritten, trashed, left, refusals, original } = result
  const inChart = added + unchanged + corrected + conflicts
  const notIn = refusals.length + notWritten + trashed + left
  const head = headOf(result, inChart, notIn)
  const isKept = original.type === 'kept'
  return {
    head,
    tone:
      (head === 'all' || head === 'same') && !result.notices.some(needsAttention)
        ? 'good'
        : head === 'empty' || head === 'unread'
          ? 'danger'
          : 'attention',
    inChart,
    notIn,
    isKept,
    mayKeep: !isKept && original.type !== 'too-large' && result.sizeBytes > 0,
    mayUndo: added > 0,
  }
}

function headOf(
  { fileRefusal, ended, added, corrected, conflicts }: ImportResult,
  inChart: number,
  notIn: number,
): ReportHead {
  if (ended !== null) return 'ended'
  if (fileRefusal !== null) {
    if (inChart > 0) return 'cut'
    if (fileRefusal.reason === 'no-records') return 'bare'
    return fileRefusal.reason === 'empty' ? 'empty' : 'unread'
  }
  if (inChart === 0) return notIn > 0 ? 'none' : 'bare'
  if (notIn > 0) return 'part'
  return added + corrected + conflicts > 0 ? 'all' : 'same'
}

/**
 * What is asked before the records of a person are written. `agrees`: nothing but a press. `likely`: the name agrees and nothing speaks against it,
 * but too little could be compared. `doubt`, `different`, `nothing`: whether it is the same person.
 */
export type WhoseQuestion = 'agrees' | 'likely' | 'doubt' | 'different' | 'nothing'

/** The question for a comparison of the file's person with the chart's. */
export function whoseQuestion({ verdict, name, birthDate, sex, number }: PersonComparison): WhoseQuestion {
  switch (verdict) {
    case 'same':
      return 'agrees'
    case 'different':
      return 'different'
    case 'nothing':
      return 'nothing'
    case 'unsure': {
      const isContradicted = birthDate === 'differs' || sex === 'differs' || number === 'differs'
      return name === 'same' && !isContradicted ? 'likely' : 'doubt'
    }
  }
}

/** Whether a notice is about something that the person should look at; a verified card is good news. */
export function needsAttention(notice: Notice): boolean {
  return notice.kind !== 'card' || notice.verdict !== 'verified' || notice.isExpired
}
