/**
 * Writing a note in four sections: what is typed is kept as a sealed draft of this note and this visit and of no other, what is
 * signed is shown word for word first, and who signs is who is unlocked.
 */
import { Button, NativeSelect, Stack, Textarea, TextInput } from '@mantine/core'
import {
  EMPTY_NOTE,
  NOTE_SECTION_NAMES,
  NOTE_TYPES,
  newNote,
  type NoteForm,
  type NoteSection,
  type NoteStatus,
  type NoteType,
  signingRoles,
  takesMore,
} from '@chartkeep/domain'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useNavigate } from 'react-router'
import { useChartLabel } from '../../app/people/use-chart-label.ts'
import { pathOf } from '../../app/place/addresses.ts'
import { useChart } from '../../app/context/app-context.tsx'
import { meOf, republish, saveNote, signVersion } from '../../app/care/notes/note-actions.ts'
import { NoteText } from '../../app/care/notes/note-reading.tsx'
import { noteProblem } from '../../app/care/notes/note-words.ts'
import type { CareNote, CareVisit } from '../../app/care/notes/notes.ts'
import { personOfChart } from '../../app/practice/patient-person.ts'
import { MayNot } from '../../app/practice/may-not.tsx'
import { usePractice } from '../../app/practice/practice-context.tsx'
import { rolesText } from '../../app/practice/roles-text.ts'
import { NewerVersion } from '../../app/drafts/newer-version.tsx'
import { useDraft } from '../../app/drafts/use-draft.ts'
import { type FormBase, useFormBase } from '../../app/drafts/use-form-base.ts'
import { useAction } from '../../app/actions/use-action.ts'
import { formatDate, formatMoment } from '../../i18n/dates.ts'
import { currentLanguage } from '../../i18n/index.ts'
import { Card, ScreenHead } from '../../ui/display/card.tsx'
import { FormDraftContext, useFormValues } from '../../ui/forms/form-draft.ts'
import { Fold } from '../../ui/display/fold.tsx'
import { Banner, Problem } from '../../ui/display/status-mark.tsx'
import styles from '../../app/care/notes/note.module.css'
import { ChartAside } from './chart-aside.tsx'
import { InsertFromChart } from './insert-from-chart.tsx'
import { NoteChanges } from './note-versions.tsx'
import { isUnwritten, TEMPLATES, withTemplate, type TemplateName } from './templates.ts'
import { BackToVisit } from './back-to-visit.tsx'

interface EditorProps {
  visit: CareVisit | null
  /** Null for a new one. */
  note: CareNote | null
  /** The newest other note of the patient; null for none. */
  last: CareNote | null
  onDone: () => void
}

export function NoteEditor(props: EditorProps) {
  const { t } = useTranslation()
  const { note, visit } = props
  // Named by the note, or by the visit of a new one: no draft is ever offered elsewhere.
  const draft = useDraft(
    `note.${note?.record.doc ?? `visit.${visit?.record.doc ?? ''}`}`,
    note?.record.revision ?? null,
  )
  // The version that the member began with: what arrives meanwhile must not slip under their hands.
  const base = useFormBase(note, revisionOf, draft.round)
  const { before, begun } = base
  return (
    <FormDraftContext value={draft.form}>
      {base.refusals > 0 || draft.since === null ? null : (
        <Banner
          status={draft.isStale ? 'attention' : 'info'}
          action={
            <Button variant="default" onClick={() => void draft.drop()}>
              {t('note.draftDrop')}
            </Button>
          }
        >
          {t('note.draftFrom', { time: formatMoment(new Date(draft.since), currentLanguage()) })}
          {draft.isStale ? ` ${t('note.draftStale')}` : ''}
          {draft.isStale && note !== null ? (
            <Fold title={t('form.standsNow')}>
              <NoteText resource={note.resource} />
            </Fold>
          ) : null}
        </Banner>
      )}
      <NewerVersion
        refusals={base.refusals}
        record={before === null || begun === null ? null : begun.record}
        onDrop={draft.drop}
      >
        {before === null || begun === null ? null : <NoteChanges before={before.form} after={begun.form} />}
      </NewerVersion>
      <Sections key={draft.round} {...props} base={base} onSaved={() => draft.done()} />
    </FormDraftContext>
  )
}

function revisionOf({ record }: CareNote): string {
  return record.revision
}

function Sections({
  visit,
  note,
  last,
  base,
  onDone,
  onSaved,
}: EditorProps & { base: FormBase<CareNote>; onSaved: () => Promise<void> }) {
  const { t } = useTranslation()
  const labelOf = useChartLabel()
  const { summary } = useChart()
  const view = usePractice()
  const { practice, keep } = view
  const navigate = useNavigate()
  const wasSigned = note?.state === 'signed' || note?.state === 'amended'
  const { values, setValues } = useFormValues<NoteForm>(note === null ? EMPTY_NOTE : { ...note.form, change: '' })
  const [isPreview, setPreview] = useState(false)
  const { isWorking, problem, setProblem, run } = useAction()
  const language = currentLanguage()
  const set = (change: Partial<NoteForm>) => setValues((before) => ({ ...before, ...change }))
  const setSection = (name: NoteSection, text: string) =>
    setValues((before) => ({ ...before, sections: { ...before.sections, [name]: text } }))
  const append = (name: NoteSection, line: string) =>
    setValues((before) => {
      const text = before.sections[name]
      return { ...before, sections: { ...before.sections, [name]: text === '' ? line : `${text.trimEnd()}\n${line}` } }
    })

  const refused = (status: NoteStatus): string => {
    if (visit !== null && !takesMore(visit.resource)) return t('note.locked')
    if (status !== 'preliminary' && isUnwritten(values, t)) return t('note.blank')
    return wasSigned && values.change.trim() === '' ? t('note.changeMissing') : ''
  }
  const save = async (status: NoteStatus, isSigned: boolean) => {
    const why = refused(status)
    setProblem(why)
    if (why !== '') return setPreview(false)
    const where = { chart: summary, visit: visit?.record.doc ?? '', note: base.begun }
    const whole = wasSigned && status === 'final' ? 'amended' : status
    let savedId = ''
    await run(async () => {
      const saved = await saveNote(view, values, where, whole)
      if (saved === 'changed') {
        setPreview(false)
        base.refuse()
        return ''
      }
      if (typeof saved === 'string') return noteProblem(saved, t)
      savedId = saved.id
      await onSaved()
      // What was saved and not signed stands as such on the page of the note, where it can be signed.
      const requests = mineOf(note, practice.me.id)
      const failed = isSigned ? await signVersion(view, saved, 'author', { requests }) : null
      if (failed === null && note !== null && isSigned) await republish(view, saved, summary.slot)
      return ''
    })
    if (savedId === '') return
    onDone()
    if (note === null)
      void navigate(pathOf('note', summary.slot, keep.slots.slotOf({ type: 'record', id: savedId })), { replace: true })
  }
  const roles = rolesText(signingRoles(practice.me.roles), t)
  const preview = () => {
    const why = refused('final')
    setProblem(why)
    if (why === '') setPreview(true)
  }
  return (
    <>
      <BackToVisit visit={visit} />
      <ScreenHead title={note === null ? t('note.new') : note.form.title}>
        {[
          labelOf(summary),
          ...(visit === null
            ? []
            : [
                t('note.visitOf', { time: formatDate(visit.form.start, language) }),
                t(`visit.kind.${visit.form.kind}`),
                t(`visit.state.${visit.state}`),
              ]),
        ].join(' · ')}
      </ScreenHead>
      <Problem text={problem} />
      <div className={styles.columns}>
        {isPreview ? (
          <Card title={t('note.previewTitle')}>
            <h3>{values.title.trim() || NOTE_TYPES[values.type].display}</h3>
            <NoteText
              resource={newNote(
                values,
                { person: personOfChart(summary), visit: '', author: meOf(view), at: '' },
                'final',
              )}
            />
            {practice.may('sign-note') ? (
              <p>{t('sign.me', { name: practice.me.name, role: roles })}</p>
            ) : (
              <MayNot what="sign-note" />
            )}
            <div className={styles.actions}>
              <Button variant="default" onClick={() => setPreview(false)}>
                {t('note.edit')}
              </Button>
              <Button variant="default" onClick={() => void save('final', false)} loading={isWorking}>
                {t('note.finish')}
              </Button>
              {practice.may('sign-note') ? (
                <Button onClick={() => void save('final', true)} loading={isWorking}>
                  {t('note.signAs', { name: practice.me.name, roles })}
                </Button>
              ) : null}
            </div>
          </Card>
        ) : (
          <Card>
            <Stack gap="md">
              <NativeSelect
                label={t('note.typeLabel')}
                value={values.type}
                onChange={(event) => set({ type: event.currentTarget.value as NoteType })}
                data={(Object.keys(NOTE_TYPES) as NoteType[]).map((value) => ({
                  value,
                  label: t(`note.type.${value}`),
                }))}
              />
              <TextInput
                label={t('note.titleLabel')}
                value={values.title}
                onChange={(event) => set({ title: event.currentTarget.value })}
              />
              {note === null ? (
                <NativeSelect
                  label={t('note.template')}
                  description={t('note.templateHint')}
                  defaultValue="none"
                  onChange={(event) => {
                    const name = event.currentTarget.value as TemplateName | 'none'
                    if (name !== 'none') setValues((before) => withTemplate(before, name, t))
                  }}
                  data={(['none', ...TEMPLATES] as const).map((value) => ({
                    value,
                    label: t(`note.templates.${value}`),
                  }))}
                />
              ) : null}
              {NOTE_SECTION_NAMES.map((name) => (
                <div key={name}>
                  <Textarea
                    label={`${t(`note.letter.${name}`)} · ${t(`note.section.${name}`)}`}
                    value={values.sections[name]}
                    onChange={(event) => setSection(name, event.currentTarget.value)}
                    autosize
                    minRows={3}
                    maxRows={20}
                  />
                  <InsertFromChart section={name} onInsert={(line) => append(name, line)} />
                </div>
              ))}
              {note === null ? null : (
                <TextInput
                  label={t('note.change')}
                  description={t('note.changeHint')}
                  value={values.change}
                  onChange={(event) => set({ change: event.currentTarget.value })}
                />
              )}
              <p role="status">{t('note.draftKept')}</p>
              <div className={styles.actions}>
                <Button onClick={preview}>{t('note.preview')}</Button>
                {wasSigned ? null : (
                  <Button variant="default" onClick={() => void save('preliminary', false)} loading={isWorking}>
                    {t('note.saveDraft')}
                  </Button>
                )}
                {note === null ? null : (
                  <Button variant="subtle" onClick={onDone}>
                    {t('deed.cancel')}
                  </Button>
                )}
              </div>
            </Stack>
          </Card>
        )}
        <ChartAside last={last} />
      </div>
    </>
  )
}

/** Open requests for the author's signature that this member answers by signing. */
function mineOf(note: CareNote | null, member: string): CareNote['requests'] {
  return (note?.requests ?? []).filter(
    ({ state, request }) => (state === 'waiting' || state === 'outdated') && request.signer?.id === member,
  )
}
