/** A value of a result, written or corrected in the practice's own vault: nothing of it reaches the patient before its release. */
import { TextInput } from '@mantine/core'
import { type JsonObject, parseJsonObject } from '@chartkeep/domain'
import type { ChartRecord } from '@chartkeep/sync'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useNavigate, useParams } from 'react-router'
import { addressOf, pathOf } from '../../app/place/addresses.ts'
import { useChart } from '../../app/context/app-context.tsx'
import { personOfChart } from '../../app/practice/patient-person.ts'
import { usePractice } from '../../app/practice/practice-context.tsx'
import type { PracticeResult } from '../../app/care/results/practice-results.ts'
import { usePracticeResults } from '../../app/care/results/use-practice-results.ts'
import { patientText } from '../../app/words/chart-patient.ts'
import { LabEntry } from '../../app/entry/lab-entry.tsx'
import { factsOf } from '../../app/words/record-facts.ts'
import { titleOf } from '../../app/words/record-view.ts'
import { VersionChanges } from '../../app/words/version-changes.tsx'
import { Delayed } from '../../app/hooks/delayed.tsx'
import { OtherDevice } from '../../app/place/other-device.tsx'
import { Screen } from '../../app/place/screen.tsx'
import { DraftBanner } from '../../app/drafts/draft-banner.tsx'
import { NewerVersion } from '../../app/drafts/newer-version.tsx'
import { useDraft } from '../../app/drafts/use-draft.ts'
import { useFormBase } from '../../app/drafts/use-form-base.ts'
import { useObservable } from '../../app/hooks/use-observable.ts'
import { currentLanguage } from '../../i18n/index.ts'
import { Facts, ScreenHead } from '../../ui/display/card.tsx'
import { EmptyState } from '../../ui/display/empty-state.tsx'
import { FormDraftContext } from '../../ui/forms/form-draft.ts'
import { Banner } from '../../ui/display/status-mark.tsx'
import { correctValue, type ResultSaved, saveValue } from './save-result.ts'

/** `#/results/<chart>/new`, and the forms behind slots: another value of a report, a correction. */
export function ResultFormScreen() {
  const { t } = useTranslation()
  const { slot } = useParams()
  const { chart, summary } = useChart()
  const { keep } = usePractice()
  const found = usePracticeResults(summary.id)
  const theirs$ = useMemo(() => chart.list$('labs'), [chart])
  const theirs = useObservable(theirs$)
  const target = slot === 'new' ? NEW : keep.slots.targetOf(slot)
  if (target?.type !== 'form') return <OtherDevice />
  if (found === undefined || theirs === undefined) return <Delayed />
  const value = found.records.find(({ id }) => id === target.id) ?? null
  const into =
    found.results.find(({ record, values }) =>
      target.id === null ? record.id === target.about : values.some(({ id }) => id === target.id),
    ) ?? null
  const isGone =
    (target.id !== null && (value === null || into === null)) || (target.about !== undefined && into === null)
  return (
    <Screen word="results" focusKey={slot ?? ''}>
      {isGone ? (
        <EmptyState isScreen title={t('record.gone')} />
      ) : (
        <OneForm key={slot} value={value} into={into} others={[...found.records, ...theirs]} />
      )}
    </Screen>
  )
}

function revisionOf({ revision }: ChartRecord): string {
  return revision
}

const NEW = { type: 'form', collection: 'labs', id: null, kind: 'labs', about: undefined } as const

function OneForm({
  value,
  into,
  others,
}: {
  value: ChartRecord | null
  into: PracticeResult | null
  others: readonly ChartRecord[]
}) {
  const { t } = useTranslation()
  const { chart, summary, person } = useChart()
  const { vault, keep } = usePractice()
  const profile$ = useMemo(() => chart.list$('profile'), [chart])
  const profiles = useObservable(profile$)
  const navigate = useNavigate()
  const [problem, setProblem] = useState<Exclude<ResultSaved['type'], 'saved' | 'changed'> | 'failed' | null>(null)
  const isSecond = value === null && into !== null && !into.isReport
  const [name, setName] = useState(() => (isSecond ? titleOf(into.record, t) : ''))
  const draft = useDraft(`${summary.slot}.result.${value?.id ?? into?.record.id ?? ''}`, value?.revision ?? null)
  // The version that the member began with: what arrives meanwhile must not slip under their hands.
  const base = useFormBase(value, revisionOf, draft.round)
  const { begun, before } = base
  const initial = useMemo(() => (begun === null ? null : parseJsonObject(begun.resource)), [begun])
  const leave = (record: ChartRecord) =>
    navigate(pathOf('results', summary.slot, keep.slots.slotOf({ type: 'record', id: record.id })), { replace: true })
  const save = async (resource: JsonObject, reason: string) => {
    setProblem(null)
    const saving =
      begun !== null && into !== null
        ? correctValue(vault, resource, { value: begun, result: into, reason: reason.trim() })
        : saveValue(vault, resource, { person: personOfChart(summary), into, name: name.trim() || person.name })
    const saved = await saving.catch((): { type: 'failed' } => ({ type: 'failed' }))
    if (saved.type === 'changed') return base.refuse()
    if (saved.type !== 'saved') return setProblem(saved.type)
    await draft.done().catch(() => {})
    void leave(value !== null && into !== null ? into.record : saved.record)
  }
  return (
    <>
      <p>
        <a className="ck-alone" href={addressOf('results', summary.slot)}>
          {t('deed.backTo', { place: t('screen.results') })}
        </a>
      </p>
      <ScreenHead title={value === null ? t('release.new') : t('form.correctTitle', { what: titleOf(value, t) })}>
        {into === null || value !== null ? null : t('release.into', { what: titleOf(into.record, t) })}
      </ScreenHead>
      <Banner status="private">{t('release.onlyPractice')}</Banner>
      {problem === null ? null : (
        <Banner status="danger" urgent>
          {problem === 'full'
            ? t('store.full')
            : problem === 'no-right'
              ? t('release.noRight')
              : problem === 'invalid'
                ? t('form.invalid')
                : t('form.notSaved')}
        </Banner>
      )}
      {base.refusals > 0 ? null : (
        <DraftBanner draft={draft}>
          <Facts items={factsOf(initial, t, currentLanguage())} />
        </DraftBanner>
      )}
      <NewerVersion refusals={base.refusals} record={before === null ? null : begun} onDrop={draft.drop}>
        <VersionChanges from={before === null ? null : parseJsonObject(before.resource)} to={initial} />
      </NewerVersion>
      {isSecond ? (
        <TextInput
          label={t('release.reportName')}
          description={t('release.reportNameHint')}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          autoComplete="off"
          mb="md"
        />
      ) : null}
      <FormDraftContext key={draft.round} value={draft.form}>
        <LabEntry
          common={{
            person,
            suggestions: [],
            isCorrection: initial !== null,
            born: patientText(profiles ?? [], 'birthDate'),
            saveLabel: t('deed.saveInPractice', { name: person.name }),
          }}
          initial={initial}
          others={others}
          views={keep.views}
          start={() => ({ resource: initial, patient: '', now: Date.now() })}
          save={save}
        />
      </FormDraftContext>
    </>
  )
}
