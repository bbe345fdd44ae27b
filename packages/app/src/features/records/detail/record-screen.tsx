/** One record of any kind: value big, who wrote it, facts, plot for results, history, correction, original data. */
import { Button, Stack, TextInput } from '@mantine/core'
import { IconEye, IconHistory, IconPencil } from '@tabler/icons-react'
import { commentsOf, isMovedAway, partsOf, prettyJson, shownList, tagsOf, withoutFileKeys } from '@chartkeep/domain'
import type { ChartRecord } from '@chartkeep/sync'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useNavigate } from 'react-router'
import { useChartLabel } from '../../../app/people/use-chart-label.ts'
import { addressOf } from '../../../app/place/addresses.ts'
import { mayDo, useChart } from '../../../app/context/app-context.tsx'
import { MayNotAdd, MayNotAmend } from '../../../app/practice/may-not.tsx'
import { useIsOthers } from '../../../app/practice/unread.ts'
import { RecordCare } from './record-care.tsx'
import { collectionLabel, recordListLabel } from '../../../app/words/collection-label.ts'
import { enteredInErrorText } from '../../../app/words/error-mark.ts'
import { useMedicineLooks } from '../../../app/chart/medicine-looks.ts'
import { factsOf } from '../../../app/words/record-facts.ts'
import {
  authorName,
  detailWords,
  errorWord,
  findingWords,
  flagOf,
  marksOf,
  sourceOf,
  validityWord,
  stateWord,
  titleOf,
} from '../../../app/words/record-view.ts'
import { useWording } from '../../../app/chart/use-wording.ts'
import { useObservable } from '../../../app/hooks/use-observable.ts'
import { formatDate, formatMoment } from '../../../i18n/dates.ts'
import { currentLanguage } from '../../../i18n/index.ts'
import { kindOfRecord } from '../../../record-kinds/index.ts'
import { Dialog } from '../../../ui/dialogs/dialogs.tsx'
import { RecordDetail } from './record-detail.tsx'
import { Banner, Problem } from '../../../ui/display/status-mark.tsx'
import { AdherenceCard } from './adherence-card.tsx'
import { CorrectionBanner } from './correction-banner.tsx'
import { DoseActions } from './dose-actions.tsx'
import { FilePanel } from '../documents/file-panel.tsx'
import { ProofCard, ProvesCard } from '../documents/proof-cards.tsx'
import { UndoOfDocument } from '../documents/undo-of-document.tsx'
import { ReplacedBanner, VersionsCard } from '../documents/versions-card.tsx'
import { LabTrend } from './lab-trend.tsx'
import { MovedBanner, MovePrivate } from './move-private.tsx'
import { SlotRecord } from './slot-record.tsx'
import { mayTrash, TrashBanner, TrashQuestion } from '../list/trash.tsx'

/** Interpretations that the mark of the value says already. */
const PLAIN_FLAGS = /^(?:N|L{1,2}|H{1,2}|A{1,2}|(?:critical(?:ly)? )?(?:low|high|abnormal)|normal)?$/iu

/** The record behind the slot of the address. */
export function RecordScreen() {
  return <SlotRecord word="record">{(record) => <OneRecord key={record.id} record={record} />}</SlotRecord>
}

function OneRecord({ record }: { record: ChartRecord }) {
  const { t } = useTranslation()
  const labelOf = useChartLabel()
  const { chart, summary, slots } = useChart()
  const wording = useWording()
  const { resource, descriptor } = wording.views.of(record)
  const shown = useMemo(() => withoutFileKeys(resource), [resource])
  const detail = detailWords(resource, descriptor, t)
  const isDosage = (key: string) => detail !== '' && (key === 'dosage' || key === 'dosageInstruction')
  // A private record stands in the list beside which its own is.
  const list = shownList(record)
  const [isMarking, setMarking] = useState(false)
  const [isTrashing, setTrashing] = useState(false)
  const isTrashed = record.status === 'trash'
  const language = currentLanguage()
  const dates = validityWord(wording.views.validity(record), { t, language })
  const slot = slots.slotOf({ type: 'record', id: record.id })
  const isError = record.status === 'error'
  const isDocument = record.type === 'DocumentReference'
  const tags = tagsOf(resource)
  // What a practice wrote stays as it wrote it (E6): the person asks for a correction instead.
  const isOthers = useIsOthers(record)
  const mayWrite = !isOthers && (mayDo(summary, record.collection, 'amend') || summary.relation === 'own')
  const conflicts = useObservable(chart.conflicts$)
  const mayDecide = conflicts?.some(({ record: { id }, mayDecide: may }) => may && id === record.id) === true
  const form = kindOfRecord(record)
  const looks = useMedicineLooks(partsOf(record.type).mayHoldAllergen)
  const facts = useMemo(
    () => {
      // What a clinician says to the person stands on its own.
      const comments = new Set(commentsOf(resource).map(({ text }) => text))
      const isSaid = descriptor.value?.flag === 'other' || !PLAIN_FLAGS.test(descriptor.value?.flagText ?? '')
      const leftOut = ['name', ...(isSaid ? [] : ['interpretation'])]
      return factsOf(resource, t, language, leftOut).filter(({ value }) => !comments.has(value))
    },
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- language goes with t
    [resource, t],
  )
  const range = descriptor.value?.ranges[0]
  const state = stateWord(descriptor, t)
  const isOutside =
    ['high', 'low', 'critical-high', 'critical-low'].includes(descriptor.value?.flag ?? '') ||
    (descriptor.value?.flag === 'abnormal' && descriptor.value.flagFrom === 'range')
  return (
    <>
      <p className="ck-screen-only">
        <a
          className="ck-alone"
          href={addressOf('list', summary.slot, slots.slotOf({ type: 'list', collection: list }))}
        >
          {t('deed.backTo', { place: collectionLabel(list, t) })}
        </a>
      </p>
      <RecordDetail
        kind={`${recordListLabel(record, t)} · ${labelOf(summary)}`}
        title={titleOf(record, t)}
        {...(descriptor.value ? { value: findingWords(resource, descriptor, t) ?? descriptor.value.shown } : {})}
        flag={isError ? { status: 'neutral', word: errorWord(descriptor, t) } : flagOf(descriptor, t, record)}
        marks={[
          ...(isError || descriptor.value || (dates || state) === ''
            ? []
            : [{ status: 'neutral', word: dates || state } as const]),
          ...marksOf(record, t),
        ]}
        date={formatDate(record.date, language)}
        struck={isError}
        facts={[
          ...(descriptor.value
            ? [{ label: t('result.rangeLabel'), value: range?.text || t('result.noRange') }]
            : detail !== ''
              ? [{ label: t('list.value'), value: detail }]
              : []),
          ...(descriptor.value && descriptor.value.shown !== descriptor.value.text
            ? [{ label: t('result.asReported'), value: descriptor.value.text }]
            : []),
          ...(tags.length > 0 ? [{ label: t('document.tags'), value: tags.join(', ') }] : []),
          ...facts.filter((fact) => fact.value !== titleOf(record, t) && fact.value !== detail && !isDosage(fact.key)),
        ]}
        provenance={[
          {
            label: t('record.who'),
            value: authorName(record, t),
          },
          { label: t('record.when'), value: formatMoment(new Date(record.savedAt), language) },
          { label: t('record.source'), value: sourceOf(record, t) },
        ]}
        original={shown}
        rawText={prettyJson(shown)}
        banners={
          <>
            {isDocument ? <ReplacedBanner record={record} /> : null}
            {record.conflict ? (
              <Banner
                status="attention"
                action={
                  <Button component="a" href={addressOf('resolve', summary.slot, slot)}>
                    {t(mayDecide ? 'deed.choose' : 'deed.open')}
                  </Button>
                }
              >
                {t('record.conflictBanner')}
              </Banner>
            ) : null}
            {isMovedAway(resource) ? <MovedBanner /> : isTrashed ? <TrashBanner record={record} /> : null}
            {isError ? (
              <Banner status="neutral">
                {t(descriptor.statusCode === 'refuted' ? 'record.refutedState' : 'record.errorState')}
              </Banner>
            ) : null}
            {looks.of(record).map(({ status, word }) => (
              <Banner key={word} status={status}>
                {word}
              </Banner>
            ))}
            {record.status === 'unclear' ? <Banner status="attention">{t('record.unclear')}</Banner> : null}
            {dates === '' ? null : (
              <Banner status="neutral">{t('standing.both', { status: stateWord(descriptor, t), dates })}</Banner>
            )}
            {descriptor.value && !isError ? <CorrectionBanner record={record} value={descriptor.value.text} /> : null}
            {isOutside && !isError ? <Banner status="attention">{t('result.range')}</Banner> : null}
          </>
        }
        actions={
          <>
            {form && mayWrite && !isError && !isTrashed ? (
              <Button
                component="a"
                leftSection={<IconPencil size={20} />}
                href={addressOf(
                  'form',
                  summary.slot,
                  slots.slotOf({ type: 'form', collection: record.collection, id: record.id, kind: form }),
                )}
              >
                {t('deed.correct')}
              </Button>
            ) : null}
            <Button
              component="a"
              variant="default"
              leftSection={<IconHistory size={20} />}
              href={addressOf('history', summary.slot, slot)}
            >
              {t('record.history')}
            </Button>
            <Button
              component="a"
              variant="default"
              leftSection={<IconEye size={20} />}
              href={addressOf('who', summary.slot, slot)}
            >
              {t('who.recordTitle')}
            </Button>
            {mayWrite && !isError && !isTrashed && !record.kept && record.type !== 'Patient' ? (
              <Button variant="subtle" onClick={() => setMarking(true)}>
                {t('record.markError')}
              </Button>
            ) : null}
            {isTrashed || isOthers || record.kept ? null : <MovePrivate record={record} />}
            {mayTrash(summary, record) && !isTrashed && !isOthers && !record.kept ? (
              <Button variant="subtle" onClick={() => setTrashing(true)}>
                {t('trash.put')}
              </Button>
            ) : null}
          </>
        }
      >
        {record.kept && mayWrite ? <p>{t('record.kept')}</p> : null}
        <MayNotAdd list={record.collection} />
        {record.author.me ? <MayNotAmend list={record.collection} /> : null}
        <RecordCare record={record} />
        <FilePanel record={record} />
        {isDocument ? <VersionsCard record={record} /> : null}
        {isDocument && !isTrashed ? <UndoOfDocument record={record} /> : null}
        {(record.type === 'MedicationStatement' || record.type === 'MedicationRequest') && !isError && !isTrashed ? (
          <>
            <DoseActions record={record} />
            <AdherenceCard record={record} />
          </>
        ) : null}
        {record.type === 'Observation' && !isError && !isTrashed ? <LabTrend record={record} /> : null}
        {isTrashed || isError || record.type === 'Patient' ? null : isDocument ? (
          <ProvesCard document={record} />
        ) : (
          <ProofCard record={record} />
        )}
      </RecordDetail>
      <TrashQuestion record={record} isOpen={isTrashing} onClose={() => setTrashing(false)} />
      <MarkError record={record} isOpen={isMarking} onClose={() => setMarking(false)} />
    </>
  )
}

function MarkError({ record, isOpen, onClose }: { record: ChartRecord; isOpen: boolean; onClose: () => void }) {
  const { t } = useTranslation()
  const { chart, summary, slots } = useChart()
  const navigate = useNavigate()
  const [reason, setReason] = useState('')
  const [problem, setProblem] = useState<string | null>(null)
  const mark = async () => {
    const resource = enteredInErrorText(record.resource, reason.trim())
    if (resource === null) return
    const outcome = await chart
      .save({ collection: record.collection, resource, id: record.id, base: record.revision })
      .catch(() => ({ type: 'failed' as const }))
    if (outcome.type === 'changed') return setProblem(t('record.changedMeanwhile'))
    if (outcome.type !== 'saved') return setProblem(outcome.type === 'full' ? t('store.full') : t('form.notSaved'))
    onClose()
    void navigate(
      addressOf('list', summary.slot, slots.slotOf({ type: 'list', collection: shownList(record) })).slice(1),
    )
  }
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title={t('record.markError')}>
      <Stack gap="md">
        <p>{t('record.error')}</p>
        <Problem text={problem} status="danger" />
        <TextInput
          label={t('record.errorReason')}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
          autoComplete="off"
        />
        <Button variant="default" onClick={onClose}>
          {t('deed.cancel')}
        </Button>
        <Button color="red" variant="outline" onClick={() => void mark()}>
          {t('record.markError')}
        </Button>
      </Stack>
    </Dialog>
  )
}
