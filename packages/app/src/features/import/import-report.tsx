/** What an import did, in counts that add up, and every refusal with its reason and place in the file. */
import { Button, Group } from '@mantine/core'
import { shownText } from '@chartkeep/domain'
import { READ_LIMITS, type Refusal, type RefusalReason } from '@chartkeep/interop'
import type { TFunction } from 'i18next'
import { useTranslation } from 'react-i18next'
import { useApp } from '../../app/app-context.tsx'
import { bytesText } from '../../i18n/sizes.ts'
import { Card, Facts } from '../../ui/card.tsx'
import { Banner } from '../../ui/status-mark.tsx'
import type { ImportResult } from './import-run.ts'

const SHOWN_REFUSALS = 200

/** The report can be saved as a text file. */
export function ImportReport({
  result,
  onAgain,
  recordsHref,
}: {
  result: ImportResult
  onAgain: () => void
  recordsHref: string
}) {
  const { t } = useTranslation()
  const { platform } = useApp()
  const ok = result.added + result.unchanged + result.corrected + result.conflicts
  const bad = result.refusals.length + result.notWritten
  const counts = [
    { label: t('import.new'), value: String(result.added) },
    { label: t('import.same'), value: String(result.unchanged) },
    { label: t('import.updated'), value: String(result.corrected) },
    { label: t('import.conflict'), value: String(result.conflicts) },
    { label: t('import.other'), value: String(result.kept) },
    { label: t('import.otherPerson'), value: String(result.otherPerson) },
    { label: t('import.refused'), value: String(bad) },
  ]
  const save = () => {
    const lines = [
      ...counts.map(({ label, value }) => `${label}: ${value}`),
      '',
      ...(result.notWritten > 0 ? [t('import.notWritten', { count: result.notWritten })] : []),
      ...result.refusals.map((refusal) => refusalText(refusal, t)),
    ]
    void platform.saveFile('import-report.txt', new Blob([shownText(lines.join('\n'))], { type: 'text/plain' }))
  }
  return (
    <>
      {result.fileRefusal ? (
        <Banner status="danger" urgent>
          {reasonText(result.fileRefusal, t)} {t('error.code', { code: result.fileRefusal.reason })}
        </Banner>
      ) : (
        <>
          <Banner status={bad > 0 ? 'attention' : 'good'}>
            {result.wasStopped
              ? t('import.stopped', { count: ok })
              : bad > 0
                ? t('import.part', { ok, all: result.all, bad })
                : t('import.done', { count: ok })}
          </Banner>
          {result.original === null || result.original === 'kept' || result.original === 'cancelled' ? null : (
            <Banner status="attention">{t(`import.original.${result.original}`)}</Banner>
          )}
          {result.describesToo ? <Banner status="info">{t('import.describesToo')}</Banner> : null}
          <Card>
            <Facts items={counts} />
          </Card>
        </>
      )}
      {bad > 0 ? (
        <Card title={t('import.reasons')}>
          <ul>
            {result.notWritten > 0 ? <li>{t('import.notWritten', { count: result.notWritten })}</li> : null}
            {result.refusals.slice(0, SHOWN_REFUSALS).map((refusal, index) => (
              <li key={index}>{refusalText(refusal, t)}</li>
            ))}
          </ul>
        </Card>
      ) : null}
      <Group gap="sm">
        {result.fileRefusal ? null : (
          <Button component="a" href={recordsHref}>
            {t('import.toRecords')}
          </Button>
        )}
        <Button variant="default" onClick={onAgain}>
          {t('import.again')}
        </Button>
        <Button variant="subtle" onClick={save}>
          {t('deed.saveFile')}
        </Button>
      </Group>
    </>
  )
}

function refusalText(refusal: Refusal, t: TFunction): string {
  return t('joined.label', { label: refusalPlace(refusal, t), text: reasonText(refusal, t) })
}

function refusalPlace(refusal: Refusal, t: TFunction): string {
  const place = refusal.place > 0 ? t('import.place', { n: refusal.place }) : t('import.placeUnknown')
  return refusal.resourceType === '' ? place : `${place}, ${refusal.resourceType}`
}

/** A sentence for every reason; sizes where they are the reason. */
function reasonText(refusal: Refusal, t: TFunction): string {
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
      return refusal.scope === 'file' ? t('import.unknown') : t('import.recordSyntax')
    case 'empty':
      return t('import.empty')
    case 'damaged-archive':
    case 'unreadable':
      return t('import.damaged')
    case 'not-text':
    case 'not-json':
    case 'xml':
    case 'pdf':
    case 'zip':
    case 'not-fhir':
      return t('import.unknown')
  }
}
