/** The details of a visit: kind, number, department, who is in charge, when, why. */
import { Button, Group, NativeSelect, Stack, TextInput } from '@mantine/core'
import { datePrecision, isDateTime, VISIT_CLASSES, type VisitClass, type VisitForm } from '@chartkeep/domain'
import type { TFunction } from 'i18next'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { usePractice } from '../../app/practice/practice-context.tsx'
import type { CareVisit } from '../../app/care/notes/notes.ts'
import { ChangedFields } from '../../app/words/version-changes.tsx'
import { DraftBanner } from '../../app/drafts/draft-banner.tsx'
import { NewerVersion } from '../../app/drafts/newer-version.tsx'
import { useDraft } from '../../app/drafts/use-draft.ts'
import { type FormBase, useFormBase } from '../../app/drafts/use-form-base.ts'
import { useObservable } from '../../app/hooks/use-observable.ts'
import { formatDate } from '../../i18n/dates.ts'
import { currentLanguage } from '../../i18n/index.ts'
import { Facts } from '../../ui/display/card.tsx'
import { ChooseOne } from '../../ui/fields/choices.tsx'
import { dateEntry, localTime, parseDateEntry } from '../../ui/fields/date-entry.ts'
import { DateField } from '../../ui/fields/date-field.tsx'
import { ErrorSummary } from '../../ui/fields/error-summary.tsx'
import { useFieldErrors } from '../../ui/fields/use-field-errors.ts'
import { FormDraftContext, useFormValues } from '../../ui/forms/form-draft.ts'
import { Problem } from '../../ui/display/status-mark.tsx'

/** A visit that begins now, with whoever begins it in charge where they may sign. */
export function emptyVisit(attending: VisitForm['attending']): VisitForm {
  return { number: '', kind: 'AMB', department: '', attending, start: localTime(new Date()), end: '', reason: '' }
}

interface Props {
  /** Names the draft: `doc` of the visit, or the chart of a new one. */
  slot: string
  initial: VisitForm
  isNew: boolean
  /** The visit that is changed, as it stands; null for a new one. */
  current: CareVisit | null
  problem: string
  /** Over the visit as its writer has read it; null for a new one. Whether it was saved, or that another version stands by now. */
  onSave: (form: VisitForm, begun: CareVisit | null) => Promise<boolean | 'changed'>
  onCancel: () => void
}

/** What is typed is kept as a draft of this visit, sealed. */
export function VisitFields(props: Props) {
  const draft = useDraft(`visit.${props.slot}`, props.current?.record.revision ?? null)
  const base = useFormBase(props.current, revisionOf, draft.round)
  const { before, begun } = base
  return (
    <FormDraftContext value={draft.form}>
      {base.refusals > 0 || props.current === null ? null : (
        <DraftBanner draft={draft}>
          <VisitFacts form={props.current.form} />
        </DraftBanner>
      )}
      <NewerVersion
        refusals={base.refusals}
        record={before === null || begun === null ? null : begun.record}
        onDrop={draft.drop}
      >
        {before === null || begun === null ? null : <VisitChanges before={before.form} after={begun.form} />}
      </NewerVersion>
      <Fields key={draft.round} {...props} initial={begun?.form ?? props.initial} base={base} onSaved={draft.done} />
    </FormDraftContext>
  )
}

function revisionOf({ record }: CareVisit): string {
  return record.revision
}

/** What a visit says, but for its reason, which is its title; what was left empty has no text. */
function factsOf(form: VisitForm, t: TFunction): { label: string; value: string }[] {
  const language = currentLanguage()
  return [
    { label: t('visit.kindLegend'), value: t(`visit.kind.${form.kind}`) },
    { label: t('visit.start'), value: formatDate(form.start, language) },
    { label: t('visit.end'), value: form.end === '' ? '' : formatDate(form.end, language) },
    { label: t('visit.attending'), value: form.attending?.name ?? t('visit.nobody') },
    { label: t('visit.department'), value: form.department },
    { label: t('visit.number'), value: form.number },
  ]
}

/** A visit as it is read. */
export function VisitFacts({ form }: { form: VisitForm }) {
  const { t } = useTranslation()
  return <Facts items={factsOf(form, t).filter(({ value }) => value !== '')} />
}

function VisitChanges({ before, after }: { before: VisitForm; after: VisitForm }) {
  const { t } = useTranslation()
  const whole = (form: VisitForm) => [{ label: t('visit.reason'), value: form.reason }, ...factsOf(form, t)]
  const old = whole(before)
  const fields = whole(after).map(({ label, value }, at) => ({ label, was: old[at]!.value, is: value }))
  return <ChangedFields fields={fields.filter(({ was, is }) => was !== is)} />
}

function Fields({
  initial,
  isNew,
  base,
  problem,
  onSave,
  onCancel,
  onSaved,
}: Props & { base: FormBase<CareVisit>; onSaved: () => Promise<void> }) {
  const { t } = useTranslation()
  const { practice } = usePractice()
  const members = useObservable(practice.members$) ?? []
  const { values: form, setValues } = useFormValues<VisitForm>({
    ...initial,
    start: dateEntry(initial.start),
    end: dateEntry(initial.end),
  })
  const { errors, attempt, errorOf, refuse } = useFieldErrors()
  const [isSaving, setSaving] = useState(false)
  const set = (change: Partial<VisitForm>) => setValues((before) => ({ ...before, ...change }))
  const inCharge = members.filter(({ removed, roles }) => !removed && roles.includes('physician'))
  const save = async (event: FormEvent) => {
    event.preventDefault()
    const [start, end] = [instantOf(form.start), form.end.trim() === '' ? '' : instantOf(form.end)]
    const found = [
      ...(start === null ? [{ field: 'visit-start', message: t('visit.startMissing') }] : []),
      ...(end === null ? [{ field: 'visit-end', message: t('date.bad') }] : []),
    ]
    if (refuse(found) || start === null || end === null) return
    setSaving(true)
    try {
      const saved = await onSave({ ...form, start, end }, base.begun)
      if (saved === 'changed') base.refuse()
      else if (saved) await onSaved()
    } finally {
      setSaving(false)
    }
  }
  return (
    <form onSubmit={(event) => void save(event)} noValidate>
      <Stack gap="md">
        <ErrorSummary errors={errors} attempt={attempt} />
        <Problem text={problem} />
        <ChooseOne
          id="visit-kind"
          legend={t('visit.kindLegend')}
          choices={VISIT_CLASSES.map((value) => ({ value, label: t(`visit.kind.${value}`) }))}
          value={form.kind}
          onChange={(kind) => set({ kind: kind as VisitClass })}
          isOptional={false}
        />
        <TextInput
          label={t('visit.reason')}
          value={form.reason}
          onChange={(event) => set({ reason: event.currentTarget.value })}
        />
        <DateField
          id="visit-start"
          label={t('visit.start')}
          value={form.start}
          onChange={(start) => set({ start })}
          error={errorOf('visit-start')}
          withNow
        />
        {isNew ? null : (
          <DateField
            id="visit-end"
            label={t('visit.end')}
            value={form.end}
            onChange={(end) => set({ end })}
            error={errorOf('visit-end')}
            withNow
          />
        )}
        <NativeSelect
          label={t('visit.attending')}
          value={form.attending?.id ?? ''}
          onChange={(event) => {
            const member = inCharge.find(({ id }) => id === event.currentTarget.value)
            set({ attending: member ? { id: member.id, name: member.name } : null })
          }}
          data={[
            { value: '', label: t('visit.nobody') },
            ...inCharge.map(({ id, name }) => ({ value: id, label: name })),
          ]}
        />
        <TextInput
          label={t('visit.department')}
          value={form.department}
          onChange={(event) => set({ department: event.currentTarget.value })}
        />
        <TextInput
          label={t('visit.number')}
          value={form.number}
          onChange={(event) => set({ number: event.currentTarget.value })}
          autoComplete="off"
        />
        <Group>
          <Button type="submit" loading={isSaving}>
            {isNew ? t('visit.begin') : t('deed.save')}
          </Button>
          <Button variant="default" onClick={onCancel}>
            {t('deed.cancel')}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

/** A moment with its zone, from what was typed; null for a day alone and for what is none. */
function instantOf(typed: string): string | null {
  const date = parseDateEntry(typed)
  return date !== null && datePrecision(date) === 'time' && isDateTime(date) ? date : null
}
