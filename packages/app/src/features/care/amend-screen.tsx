/** The patient asks for a correction of a record that a practice wrote: what is wrong, and what it should be. The record itself stays as it is. */
import { Button, Stack, Textarea } from '@mantine/core'
import { collectionOfStreamName, instantText, newAmendment, stringifyJson } from '@chartkeep/domain'
import type { ChartRecord } from '@chartkeep/sync'
import { type FormEvent, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useNavigate, useParams } from 'react-router'
import { addressOf, pathOf } from '../../app/place/addresses.ts'
import { useChart } from '../../app/context/app-context.tsx'
import { ownPerson } from '../../app/practice/patient-person.ts'
import { noAnswerWords } from '../../app/care/sharing/answering.ts'
import { useAnswering } from '../../app/care/sharing/list-readers.ts'
import { ShareFirst } from '../../app/care/sharing/share-first.tsx'
import { writerOf } from '../../app/practice/writers.ts'
import { Delayed } from '../../app/hooks/delayed.tsx'
import { OtherDevice } from '../../app/place/other-device.tsx'
import { Screen } from '../../app/place/screen.tsx'
import { WithDraft } from '../../app/drafts/with-draft.tsx'
import { useObservable } from '../../app/hooks/use-observable.ts'
import { titleOf } from '../../app/words/record-view.ts'
import { Card, ScreenHead } from '../../ui/display/card.tsx'
import { EmptyState } from '../../ui/display/empty-state.tsx'
import { ErrorSummary } from '../../ui/fields/error-summary.tsx'
import { useFieldErrors } from '../../ui/fields/use-field-errors.ts'
import { useFormValues } from '../../ui/forms/form-draft.ts'
import { PersonStrip } from '../../ui/display/person-chip.tsx'
import { Banner } from '../../ui/display/status-mark.tsx'

/** The request behind the slot of the address. */
export function AmendScreen() {
  const { t } = useTranslation()
  const { slot } = useParams()
  const { chart, summary, slots } = useChart()
  const target = slots.targetOf(slot)
  const about = target?.type === 'form' && target.kind === 'amend' ? (target.about ?? null) : null
  const record$ = useMemo(() => (about === null ? null : chart.record$(about)), [chart, about])
  const record = useObservable(record$)
  if (about === null) return <OtherDevice />
  return (
    <Screen word="care" focusKey={`${slot} ${record === undefined ? '' : 'ready'}`}>
      {record === undefined ? (
        <Delayed />
      ) : record === null ? (
        <EmptyState isScreen title={t('record.gone')} />
      ) : (
        <WithDraft slot={`${summary.slot}.amend.${record.id}`} revision={record.revision}>
          {({ done }) => <RequestForm record={record} onDone={done} />}
        </WithDraft>
      )}
    </Screen>
  )
}

function RequestForm({ record, onDone }: { record: ChartRecord; onDone: () => Promise<void> }) {
  const { t } = useTranslation()
  const { chart, summary, person, slots } = useChart()
  const navigate = useNavigate()
  const profile$ = useMemo(() => chart.list$('profile'), [chart])
  const profiles = useObservable(profile$)
  const { values, setValues } = useFormValues({ wrong: '', should: '' })
  const { errors, attempt, errorOf, refuse } = useFieldErrors()
  const [problem, setProblem] = useState<'full' | 'no-right' | 'failed' | null>(null)
  const [isSaving, setSaving] = useState(false)
  const list = collectionOfStreamName(record.collection)
  const answering = useAnswering(record.collection)
  const noAnswer = noAnswerWords(answering, writerOf(record), t)
  const title = titleOf(record, t)
  const back = slots.slotOf({ type: 'record', id: record.id })
  const ask = async (event: FormEvent) => {
    event.preventDefault()
    const found = (['wrong', 'should'] as const)
      .filter((field) => values[field].trim() === '')
      .map((field) => ({ field, message: t('form.required', { field: t(`amend.${field}`) }) }))
    if (refuse(found) || list === null || answering === undefined || noAnswer !== '') return
    const request = newAmendment(
      { id: record.doc, revision: record.revision, type: record.type, list },
      { ...values, at: instantText(Date.now()), person: ownPerson(profiles ?? []) },
    )
    if (request === null) return
    setSaving(true)
    const outcome = await chart
      .save({ collection: record.collection, resource: stringifyJson(request) })
      .catch(() => ({ type: 'failed' as const }))
    setSaving(false)
    if (outcome.type !== 'saved') return setProblem(outcome.type)
    await onDone().catch(() => {})
    void navigate(pathOf('record', summary.slot, back), { replace: true })
  }
  const field = (name: 'wrong' | 'should', hint: string) => (
    <Textarea
      id={name}
      label={t(`amend.${name}`)}
      description={hint}
      value={values[name]}
      error={errorOf(name)}
      onChange={(event) => {
        const { value } = event.currentTarget
        setValues((before) => ({ ...before, [name]: value }))
      }}
      autosize
      minRows={3}
      autoComplete="off"
    />
  )
  return (
    <>
      <p>
        <a className="ck-alone" href={addressOf('record', summary.slot, back)}>
          {t('deed.backTo', { place: title })}
        </a>
      </p>
      <ScreenHead title={t('amend.askFor', { what: title })}>{record.author.name}</ScreenHead>
      <Card>
        <form onSubmit={(event) => void ask(event)} noValidate>
          <Stack gap="md">
            <PersonStrip person={person} />
            <p>{t('amend.how')}</p>
            {noAnswer === '' ? null : <ShareFirst list={record.collection} words={noAnswer} />}
            <ErrorSummary errors={errors} attempt={attempt} />
            {problem === null ? null : (
              <Banner status="danger" urgent>
                {problem === 'full' ? t('store.full') : problem === 'failed' ? t('form.notSaved') : t('add.none')}
              </Banner>
            )}
            {field('wrong', t('amend.wrongHint'))}
            {field('should', t('amend.shouldHint'))}
            {noAnswer === '' ? (
              <Button type="submit" loading={isSaving} disabled={answering === undefined}>
                {t('amend.send')}
              </Button>
            ) : null}
          </Stack>
        </form>
      </Card>
    </>
  )
}
