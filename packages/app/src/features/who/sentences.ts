/** Entries of the log in words that a patient understands; a word of a newer app is shown as it is. */
import type { AccessLine, AuditLine } from '@chartkeep/sync'
import type { TFunction } from 'i18next'
import { collectionLabel } from '../../app/words/collection-label.ts'
import { currentLanguage } from '../../i18n/index.ts'

/** What a device reported. `who`: whom the sentence is about, in words. */
export function reportSentence(line: AuditLine, who: string, t: TFunction): string {
  const list = line.collection === '' ? t('overview.lists') : collectionLabel(line.collection, t)
  const what = line.subject || t('audit.unnamed')
  const { count } = line
  const paper =
    line.subject === 'emergency-card' ? 'screen.card' : line.subject === 'one-page-summary' ? 'screen.page' : null
  switch (line.action) {
    case 'opened':
      return t('audit.did.opened', { who })
    case 'read':
      return t('audit.did.read', { who, list, count })
    case 'created':
      return t('audit.did.created', { who, what, list })
    case 'changed':
      return t('audit.did.changed', { who, what, list })
    case 'trashed':
      return t('audit.did.trashed', { who, what, list })
    case 'restored':
      return t('audit.did.restored', { who, what, list })
    case 'marked-error':
      return t('audit.did.markedError', { who, what, list })
    case 'made-private':
      return t('audit.did.madePrivate', { who, what, list })
    case 'made-shared':
      return t('audit.did.madeShared', { who, what, list })
    case 'deleted':
      return t('audit.did.deleted', { who, what, list })
    case 'signed':
      return t('audit.did.signed', { who, what })
    case 'declined':
      return t('audit.did.declined', { who, what })
    case 'shared':
      return t('audit.did.shared', { who, what })
    case 'revoked':
      return t('audit.did.revoked', { who, what })
    case 'imported':
      return t('audit.did.imported', { who, count })
    case 'import-undone':
      return t('audit.did.importUndone', { who, what, count })
    case 'exported':
      if (line.subject === 'everything') return t('audit.did.exportedAll', { who })
      return line.subject === 'emergency-card'
        ? t('audit.did.exportedPicture', { who })
        : line.subject === 'one-page-summary'
          ? t('audit.did.exportedSummary', { who })
          : t('audit.did.exported', { who })
    case 'printed':
      return paper === null ? t('audit.did.printed', { who }) : t('audit.did.printedThing', { who, what: t(paper) })
    case 'backed-up':
      return t('audit.did.backedUp', { who })
    case 'resolved':
      return t('audit.did.resolved', { who, what })
    case 'late-taken':
      return t('audit.did.lateTaken', { who, what })
    case 'late-left':
      return t('audit.did.lateLeft', { who, what })
    case 'emergency':
      return line.subject === '' ? t('audit.did.emergency', { who }) : t('audit.did.emergencyFor', { who, what })
    case 'emergency-allowed':
      return t('audit.did.emergencyAllowed', { who, what })
    case 'emergency-ended':
      return t('audit.did.emergencyEnded', { who })
    case 'emergency-seen':
      return t('audit.did.emergencySeen', { who })
    case 'owner-added':
      return t('audit.did.ownerAdded', { who, what })
    case 'owner-removed':
      return t('audit.did.ownerRemoved', { who, what })
    case 'handed-over':
      return t('audit.did.handedOver', { who, what })
    case 'took-over':
      return t('audit.did.tookOver', { who, what })
    case 'program-reading':
    case 'program-read':
      return programSentence(line, who, t)
    case 'failed-unlock':
      return t('audit.did.failedUnlock')
    default:
      return t('audit.did.other', { who, what: line.action })
  }
}

/** W21, W22: a program that reads through a gateway. `who`: whose gateway. */
function programSentence({ action, program, count }: AuditLine, who: string, t: TFunction): string {
  const client = program?.name || t('audit.someone')
  const names = (program?.lists ?? []).map(({ collection }) => collectionLabel(collection, t))
  const list = new Intl.ListFormat(currentLanguage()).format(names)
  if (action === 'program-reading') return t('audit.did.programReading', { client, who, list })
  return program?.complete === false
    ? t('audit.did.programBroken', { client, who, list, count })
    : t('audit.did.programRead', { client, who, list, count })
}

/** What the server noted. */
export function noteSentence(line: AccessLine, t: TFunction): string {
  const who = line.author.me ? t('audit.you') : line.author.name || t('who.stranger')
  const lists = line.collections.map((name) => (name === 'audit' ? t('who.auditLog') : collectionLabel(name, t)))
  const list = lists.length === 0 ? t('who.noList') : new Intl.ListFormat(currentLanguage()).format(lists)
  const { count } = line
  if (line.outcome !== 'ok' && line.count === 0) return t('who.denied', { who })
  switch (line.kind) {
    case 'pull':
    case 'bodies':
      return t('who.got', { who, count, list })
    case 'push':
      return t('who.sent', { who, count, list })
    case 'chunk-read':
      return t('who.gotFile', { who, list })
    case 'chunk-write':
      return t('who.sentFile', { who, list })
    case 'late-write':
      return t('who.sentLate', { who, count, list })
    case 'late-read':
      return t('who.readLate', { who, count })
    case 'departure':
      return t('who.departed', { who })
    case 'emergency':
      return t('who.openedEmergency', { who })
    case 'control-read':
      return t('who.readSharing', { who })
    case 'control-write':
      return t('who.changedSharing', { who })
    default:
      return t('audit.did.other', { who, what: line.kind })
  }
}
