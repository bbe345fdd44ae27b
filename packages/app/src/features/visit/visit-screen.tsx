/** One visit: what it is, its notes, and its end. A visit that is locked takes nothing, and says so where the button would be (N6). */
import { Button, Stack, TextInput } from '@mantine/core'
import {
  cancelledVisit,
  changedVisit,
  closedVisit,
  instantText,
  takesMore,
  visitContents,
  visitEnd,
  writtenBy,
  type JsonObject,
  type VisitForm,
} from '@chartkeep/domain'
import type { TFunction } from 'i18next'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useParams } from 'react-router'
import { addressOf } from '../../app/place/addresses.ts'
import { useChart } from '../../app/context/app-context.tsx'
import { noteRow } from '../../app/care/notes/note-row.ts'
import { meOf, republish } from '../../app/care/notes/note-actions.ts'
import { useNotes, useVisits, type CareNote, type CareVisit } from '../../app/care/notes/notes.ts'
import { saveVisit, type VisitSaved } from '../../app/care/notes/visit-actions.ts'
import { MayNot } from '../../app/practice/may-not.tsx'
import { usePractice } from '../../app/practice/practice-context.tsx'
import { Delayed } from '../../app/hooks/delayed.tsx'
import { OtherDevice } from '../../app/place/other-device.tsx'
import { Screen } from '../../app/place/screen.tsx'
import { useAction } from '../../app/actions/use-action.ts'
import { formatDate } from '../../i18n/dates.ts'
import { currentLanguage } from '../../i18n/index.ts'
import { Card, ScreenHead } from '../../ui/display/card.tsx'
import { EmptyState } from '../../ui/display/empty-state.tsx'
import { Question } from '../../ui/dialogs/question.tsx'
import { RowLinks } from '../../ui/lists/row-links.tsx'
import { Banner, StatusMark } from '../../ui/display/status-mark.tsx'
import styles from '../../app/care/notes/note.module.css'
import { VisitFacts, VisitFields } from './visit-form.tsx'
import { visitMark } from './visits-screen.tsx'

export function VisitScreen() {
  const { t } = useTranslation()
  const { slot } = useParams()
  const { summary } = useChart()
  const { keep } = usePractice()
  const visits = useVisits(summary.id)
  const notes = useNotes()
  const target = keep.slots.targetOf(slot)
  if (target?.type !== 'record') return <OtherDevice />
  const visit = visits?.find(({ record }) => record.id === target.id)
  return (
    <Screen word="visit" focusKey={visit === undefined ? '' : target.id}>
      {visits === undefined || notes === undefined ? (
        <Delayed />
      ) : visit === undefined ? (
        <EmptyState isScreen title={t('record.gone')} />
      ) : (
        <OneVisit key={visit.record.id} visit={visit} notes={notes} />
      )}
    </Screen>
  )
}

function OneVisit({ visit, notes }: { visit: CareVisit; notes: readonly CareNote[] }) {
  const { t } = useTranslation()
  const { summary } = useChart()
  const view = usePractice()
  const { practice, vault, keep } = view
  const [asking, setAsking] = useState<'close' | 'cancel' | 'change' | null>(null)
  const [reason, setReason] = useState('')
  const { isWorking, problem, setProblem, run } = useAction()
  const language = currentLanguage()
  const { form, state, record, resource } = visit
  const end = visitEnd(resource)
  const byDoc = new Map(notes.map((note) => [note.record.doc, note]))
  const named = notes.map((note) => ({ doc: note.record.doc, revision: note.record.revision, resource: note.resource }))
  const { inside, later, changed } = visitContents({ doc: record.doc, resource }, named)
  const found = (parts: readonly { doc: string }[]) => parts.flatMap(({ doc }) => byDoc.get(doc) ?? [])
  const drafts = found(inside).filter(({ state: where }) => where === 'draft')
  const mayWrite = practice.may('write-note')
  // A visit that ended meanwhile shows its end: what was open is over.
  const isOpen = takesMore(resource)
  /** `over`: as it was when its member read it. */
  const save = async (next: (over: JsonObject) => JsonObject, over: CareVisit = visit) => {
    let type = 'saved' as VisitSaved['type']
    const isDone = await run(async () => {
      const outcome = await saveVisit(vault, over, next(over.resource))
      type = outcome.type
      if (outcome.type !== 'saved') return problemOf(outcome.type, t)
      setAsking(null)
      // A patient who has the visit hears of its end too.
      await republish(view, outcome.record, summary.slot)
      return ''
    })
    return { isDone, type }
  }
  const change = async (typed: VisitForm, begun: CareVisit | null) => {
    const { isDone, type } = await save((over) => changedVisit(over, typed), begun ?? visit)
    if (type !== 'changed') return isDone
    // The form says it itself, with what stands now.
    setProblem('')
    return 'changed' as const
  }
  const close = () => {
    if (drafts.length > 0) return setProblem(t('visit.closeDrafts', { count: drafts.length }))
    const parts = inside.map(({ doc, revision }) => ({ record: doc, revision, type: 'Composition' }))
    void save((over) => closedVisit(over, parts, meOf(view), instantText(Date.now())))
  }
  const cancel = () => {
    if (reason.trim() === '') return setProblem(t('visit.cancelMissing'))
    void save((over) => cancelledVisit(over, reason, meOf(view), instantText(Date.now())))
  }
  const ask = (what: typeof asking) => {
    setProblem('')
    setAsking(what)
  }
  const rows = (shown: readonly CareNote[]) => (
    <RowLinks rows={shown.map((note) => noteRow(note, summary.slot, keep.slots, t))} />
  )
  const time = end === null ? '' : formatDate(end.at, language)
  // Who is named is who signed it, whatever the visit says.
  const endWords = { name: writtenBy(record.author, end?.by ?? null)?.name || t('audit.someone'), time }
  return (
    <>
      <p>
        <a className="ck-alone" href={addressOf('visit', summary.slot)}>
          {t('deed.backTo', { place: t('visit.title') })}
        </a>
      </p>
      <ScreenHead title={form.reason || t(`visit.kind.${form.kind}`)}>
        <StatusMark status={visitMark(visit, '').status}>{t(`visit.state.${state}`)}</StatusMark>
      </ScreenHead>
      {state === 'closed' ? (
        <Banner status="neutral">
          {t('visit.closedBy', endWords)}
          {/* What is added is signed at once: it is said to nobody who may not. */}
          {practice.may('sign-note') ? <div>{t('visit.closedAdd')}</div> : null}
        </Banner>
      ) : null}
      {state === 'cancelled' ? (
        <Banner status="neutral">{t('visit.cancelledBy', { ...endWords, reason: end?.reason ?? '' })}</Banner>
      ) : null}
      <Card
        title={t('visit.notes')}
        flush={inside.length > 0}
        aside={
          isOpen && mayWrite ? (
            <Button
              component="a"
              href={addressOf(
                'note',
                summary.slot,
                keep.slots.slotOf({ type: 'form', collection: 'notes', id: null, kind: 'note', about: record.doc }),
              )}
            >
              {t('visit.addNote')}
            </Button>
          ) : null
        }
      >
        {inside.length === 0 ? <p>{t('visit.noNotes')}</p> : rows(found(inside))}
      </Card>
      {changed.length === 0 ? null : (
        <Card title={t('visit.changedTitle')} flush>
          {rows(found(changed))}
        </Card>
      )}
      {later.length === 0 ? null : (
        <Card title={t('visit.laterTitle')}>
          <Banner status="attention">{t('visit.laterText')}</Banner>
          {rows(found(later))}
        </Card>
      )}
      <Card title={t('visit.one')}>
        {asking === 'change' && isOpen ? (
          <VisitFields
            slot={record.doc}
            initial={form}
            isNew={false}
            current={visit}
            problem={problem}
            onSave={change}
            onCancel={() => ask(null)}
          />
        ) : (
          <>
            <VisitFacts form={form} />
            {isOpen && mayWrite ? (
              <>
                <p>{t('visit.lockSigns')}</p>
                <div className={styles.actions}>
                  <Button variant="default" onClick={() => ask('change')}>
                    {t('visit.change')}
                  </Button>
                  {practice.may('lock-visit') ? (
                    <Button variant="default" onClick={() => ask('close')}>
                      {t('visit.close')}
                    </Button>
                  ) : null}
                  <Button variant="default" onClick={() => ask('cancel')}>
                    {t('visit.cancel')}
                  </Button>
                </div>
                <MayNot what="lock-visit" />
              </>
            ) : null}
          </>
        )}
      </Card>
      <Question
        isOpen={asking === 'close' && isOpen}
        title={t('visit.closeTitle')}
        problem={problem}
        stay={t('visit.keep')}
        go={t('visit.close')}
        isWorking={isWorking}
        onStay={() => ask(null)}
        onGo={close}
      >
        <p>{t('visit.closeText')}</p>
      </Question>
      <Question
        isOpen={asking === 'cancel' && isOpen}
        title={t('visit.cancelTitle')}
        problem={problem}
        stay={t('visit.keep')}
        go={t('visit.cancel')}
        isWorking={isWorking}
        onStay={() => ask(null)}
        onGo={cancel}
      >
        <Stack gap="sm">
          <p>{t('visit.cancelText')}</p>
          <TextInput
            label={t('visit.cancelReason')}
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
          />
        </Stack>
      </Question>
    </>
  )
}

function problemOf(type: Exclude<VisitSaved['type'], 'saved'>, t: TFunction): string {
  switch (type) {
    case 'full':
      return t('note.full')
    case 'no-right':
      return t('note.noRight')
    case 'changed':
      return t('visit.changedMeanwhile')
    case 'over':
      return t('visit.over')
  }
}
