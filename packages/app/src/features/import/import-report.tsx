/** What an import did, in counts that add up, every refusal with its reason and place in the file, and where the file itself is. */
import { Button, Group, Stack } from '@mantine/core'
import { shownText } from '@chartkeep/domain'
import { type FileKind, type Notice, READ_LIMITS, type Refusal, type RefusalReason } from '@chartkeep/interop'
import type { Chart } from '@chartkeep/sync'
import type { TFunction } from 'i18next'
import { useTranslation } from 'react-i18next'
import { useApp } from '../../app/context/app-context.tsx'
import { UndoImport } from '../../app/chart/undo-import.tsx'
import { currentLanguage } from '../../i18n/index.ts'
import { bytesText } from '../../i18n/sizes.ts'
import { Card, Facts } from '../../ui/display/card.tsx'
import { Banner } from '../../ui/display/status-mark.tsx'
import { type ImportResult, needsAttention, type ReportState, reportState } from './report-state.ts'

const SHOWN_REFUSALS = 200

/** The report can be saved as a text file. `fileHref`: of the document that holds the original. */
export function ImportReport({
  result,
  onAgain,
  onKeep,
  open,
  recordsHref,
  fileHref,
}: {
  result: ImportResult
  onAgain: () => void
  onKeep: () => void
  open: () => Promise<Chart | null>
  recordsHref: string
  fileHref: string | null
}) {
  const { t } = useTranslation()
  const { platform } = useApp()
  const state = reportState(result)
  const { head, tone, inChart, isKept, mayKeep, mayUndo } = state
  const counts = countsOf(result, t)
  const reasons = reasonsOf(result, t)
  const words = headWords(result, state, t)
  const others = othersText(result, t)
  const save = () => {
    const lines = [
      result.fileName,
      words,
      fileWords(result, t),
      ...(others === '' ? [] : [others]),
      ...result.notices.map((notice) => noticeText(notice, t)),
      '',
      ...counts.map(({ label, value }) => t('joined.label', { label, text: value })),
      '',
      ...reasons,
    ]
    void platform.saveFile('import-report.txt', new Blob([shownText(lines.join('\n'))], { type: 'text/plain' }))
  }
  return (
    <>
      <Banner status={tone} urgent={tone === 'danger'}>
        {result.fileRefusal ? sentences([words, t('error.code', { code: result.fileRefusal.reason })], t) : words}
      </Banner>
      <Banner
        status={isKept ? 'info' : 'attention'}
        action={
          isKept && fileHref !== null ? (
            <a className="ck-alone" href={fileHref}>
              {t('import.toFile')}
            </a>
          ) : mayKeep ? (
            <Button variant="default" onClick={onKeep}>
              {t('import.keepFile')}
            </Button>
          ) : null
        }
      >
        {fileWords(result, t)}
      </Banner>
      {others === '' ? null : <Banner status="info">{others}</Banner>}
      {result.describesToo ? <Banner status="info">{t('import.describesToo')}</Banner> : null}
      {head === 'unread' || head === 'empty' ? null : (
        <Card>
          <Facts items={counts} />
        </Card>
      )}
      {result.notices.map((notice, at) => (
        // Each is told once, in the order of the file.
        <Banner key={at} status={needsAttention(notice) ? 'attention' : 'info'}>
          {noticeText(notice, t)}
        </Banner>
      ))}
      {reasons.length > 0 ? (
        <Card title={t('import.reasons')}>
          <ul>
            {reasons.slice(0, SHOWN_REFUSALS).map((reason, index) => (
              <li key={index}>{reason}</li>
            ))}
          </ul>
        </Card>
      ) : null}
      <Stack gap="md">
        <Group gap="sm">
          {inChart > 0 ? (
            <Button component="a" href={recordsHref}>
              {t('import.toRecords')}
            </Button>
          ) : null}
          <Button variant="default" onClick={onAgain}>
            {t('import.again')}
          </Button>
          <Button variant="subtle" onClick={save}>
            {t('deed.saveFile')}
          </Button>
        </Group>
        {mayUndo ? <UndoImport importId={result.id} open={open} /> : null}
      </Stack>
    </>
  )
}

function countsOf(result: ImportResult, t: TFunction): { label: string; value: string }[] {
  const { added, unchanged, corrected, conflicts, kept, otherPerson, refusals, notWritten, trashed, left } = result
  const some = (label: string, count: number) => (count > 0 ? [{ label, value: String(count) }] : [])
  return [
    { label: t('import.new'), value: String(added) },
    { label: t('import.same'), value: String(unchanged) },
    { label: t('import.updated'), value: String(corrected) },
    { label: t('import.conflict'), value: String(conflicts) },
    { label: t('import.other'), value: String(kept) },
    { label: t('import.otherPerson'), value: String(otherPerson) },
    ...some(t('import.inTrash'), trashed),
    ...some(t('import.left'), left),
    { label: t('import.refused'), value: String(refusals.length + notWritten) },
  ]
}

/** The first sentences of the report. */
function headWords(result: ImportResult, { head, inChart: count, notIn }: ReportState, t: TFunction): string {
  const { fileRefusal, ended, left, kind } = result
  const because = fileRefusal === null ? [] : [reasonText(fileRefusal, kind, t)]
  switch (head) {
    case 'all':
      return t('import.done', { count })
    case 'same':
      return t('import.allSame', { count })
    case 'part':
      return t('import.part', { ok: count, all: count + notIn })
    case 'ended':
      return t(`import.ended.${ended ?? 'failed'}`, { count, left })
    case 'cut':
      return sentences([t('import.cut', { count }), ...because], t)
    case 'none':
      return t('import.noneIn')
    case 'bare':
      return t('import.bare')
    case 'empty':
    case 'unread':
      return sentences([...because, t('import.nothingIn')], t)
  }
}

/** Sentences that follow each other; Chinese has no space between them. */
export function sentences(said: readonly string[], t: TFunction): string {
  return said.reduce((text, more) => t('joined.next', { text, more }))
}

/** Where the file itself is: the one function that says so. */
function fileWords({ original }: ImportResult, t: TFunction): string {
  return t(`import.original.${original.type}`)
}

function othersText({ otherPerson, others }: ImportResult, t: TFunction): string {
  if (otherPerson === 0) return ''
  return others.length === 0
    ? t('import.leftOut', { count: otherPerson })
    : t('import.leftOutOf', { count: otherPerson, names: new Intl.ListFormat(currentLanguage()).format(others) })
}

function reasonsOf({ refusals, skipped, notWritten, trashed, kind, inside }: ImportResult, t: TFunction): string[] {
  const kindOf = (file: string) => inside.find(({ path }) => path === file)?.kind ?? kind
  return [
    ...(notWritten > 0 ? [t('import.notWritten', { count: notWritten })] : []),
    ...(trashed > 0 ? [t('import.trashed', { count: trashed })] : []),
    ...refusals.map((refusal) =>
      t('joined.label', { label: refusalPlace(refusal, t), text: reasonText(refusal, kindOf(refusal.file), t) }),
    ),
    ...skipped.map((each) =>
      t('joined.label', {
        label: [each.file, shownText(each.what)].filter((part) => part !== '').join(', '),
        text: t(`import.skipped.${each.reason}`),
      }),
    ),
  ]
}

function noticeText(notice: Notice, t: TFunction): string {
  if (notice.kind === 'outcome') return t('import.serverTold', { text: shownText(notice.text) })
  if (notice.kind === 'card') {
    const issuer = shownText(notice.name || notice.issuer)
    const said = t(`import.card.${notice.verdict}`, { issuer })
    return notice.isExpired ? sentences([said, t('import.card.expired')], t) : said
  }
  const { here, total } = notice
  return total === null ? t('import.morePages', { here }) : t('import.cutOff', { here, total })
}

function refusalPlace(refusal: Refusal, t: TFunction): string {
  const { file, place, resourceType } = refusal
  const at = place > 0 ? t('import.place', { n: place }) : file === '' ? t('import.placeUnknown') : ''
  return [shownText(file), at, resourceType].filter((part) => part !== '').join(', ')
}

/** A sentence for every reason; sizes where they are the reason, the kind of the file where it is no file of records. */
function reasonText(refusal: Refusal, kind: FileKind, t: TFunction): string {
  const sizes = {
    size: `${refusal.atLeast ? '≥ ' : ''}${bytesText(refusal.sizeBytes)}`,
    limit: bytesText(refusal.limitBytes),
  }
  const reason: RefusalReason = refusal.reason
  switch (reason) {
    case 'too-large':
      return refusal.scope === 'file' ? t('import.tooBig', sizes) : t('import.lineTooBig', sizes)
    case 'resource-too-large':
      return t('import.recordTooBig', sizes)
    case 'bad-base64':
      return t('import.badFile', sizes)
    case 'truncated':
      return refusal.scope === 'file' ? t('import.truncated') : t('import.recordTruncated')
    case 'fhir-dstu2':
    case 'fhir-stu3':
      return refusal.scope === 'file' ? t('import.oldVersion') : t('import.recordOld')
    case 'fhir-r5':
      return t('import.recordNewer')
    case 'too-many':
      return refusal.scope === 'file'
        ? t('import.tooMany', { most: READ_LIMITS.entries })
        : t('import.recordTooMany', { most: READ_LIMITS.entries })
    case 'too-deep':
      return t('import.tooDeep')
    case 'duplicate-key':
      return t('import.duplicateKey')
    case 'duplicate':
      return t('import.duplicate')
    case 'duplicate-id':
      return t('import.duplicateId')
    case 'older-version':
      return t('import.olderVersion')
    case 'syntax':
    case 'no-resource':
      return refusal.scope === 'file' ? unknownKind(kind, t) : t('import.recordSyntax')
    case 'empty':
      return t('import.empty')
    case 'failed':
      return t('import.failed')
    case 'encrypted':
      return t('import.encrypted')
    case 'too-many-files':
    case 'overlapping':
      return t('import.badArchive')
    case 'bad-xml':
    case 'damaged-archive':
    case 'unreadable':
      return t('import.damaged')
    case 'no-records':
      return t('import.noRecords')
    case 'deleted':
      return t('import.deleted')
    case 'card-code':
    case 'card-damaged':
    case 'card-incomplete':
    case 'card-changed':
    case 'card-withdrawn':
    case 'link-damaged':
    case 'link-elsewhere':
    case 'link-missing':
    case 'no-results':
    case 'table-date':
    case 'table-date-unsure':
    case 'table-number-unsure':
    case 'table-no-test':
      return t(`import.because.${reason}`)
    case 'not-text':
    case 'not-json':
    case 'xml':
    case 'pdf':
    case 'zip':
    case 'not-fhir':
      return unknownKind(kind, t)
  }
}

function unknownKind(kind: FileKind, t: TFunction): string {
  return t('import.unknown', { kind: t(`import.kind.${kind}`) })
}
