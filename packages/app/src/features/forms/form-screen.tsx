/** Add or correct a record by hand: the right form, what it knew before, and one durable save. */
import {
  checkResource,
  type JsonObject,
  parseJsonObject,
  stringifyJson,
  isCollection,
  privateName,
  withReason,
} from '@chartkeep/domain'
import type { ChartRecord } from '@chartkeep/sync'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Navigate, useNavigate, useParams } from 'react-router'
import { pathOf } from '../../app/place/addresses.ts'
import { mayDo, useChart } from '../../app/context/app-context.tsx'
import { patientsOf, patientText } from '../../app/words/chart-patient.ts'
import { Delayed } from '../../app/hooks/delayed.tsx'
import { referenceOf } from '../../app/words/record-reference.ts'
import { factsOf } from '../../app/words/record-facts.ts'
import { titleOf } from '../../app/words/record-view.ts'
import { VersionChanges } from '../../app/words/version-changes.tsx'
import { OtherDevice } from '../../app/place/other-device.tsx'
import { Screen } from '../../app/place/screen.tsx'
import type { Target } from '../../app/place/slots.ts'
import { DraftBanner } from '../../app/drafts/draft-banner.tsx'
import { NewerVersion } from '../../app/drafts/newer-version.tsx'
import { useDraft } from '../../app/drafts/use-draft.ts'
import { useFormBase } from '../../app/drafts/use-form-base.ts'
import { useObservable } from '../../app/hooks/use-observable.ts'
import { currentLanguage } from '../../i18n/index.ts'
import { Facts, ScreenHead } from '../../ui/display/card.tsx'
import { isKind, kindOf } from '../../record-kinds/index.ts'
import { EmptyState } from '../../ui/display/empty-state.tsx'
import { FormPrivacyContext } from '../../ui/forms/form-privacy.ts'
import { FormDraftContext } from '../../ui/forms/form-draft.ts'
import { Banner } from '../../ui/display/status-mark.tsx'
import type { Start } from '../../app/entry/form-records.ts'

/** The form behind the slot of the address. */
export function FormScreen() {
  const { t } = useTranslation()
  const { slot } = useParams()
  const { chart, slots } = useChart()
  const target = slots.targetOf(slot)
  const id = target?.type === 'form' ? target.id : null
  const record$ = useMemo(() => (id === null ? null : chart.record$(id)), [chart, id])
  const record = useObservable(record$)
  if (target?.type !== 'form') return <OtherDevice />
  return (
    <Screen word="form" focusKey={`${slot} ${record === undefined && id !== null ? '' : 'ready'}`}>
      {id !== null && record === undefined ? (
        <Delayed />
      ) : id !== null && record === null ? (
        <EmptyState isScreen title={t('record.gone')} />
      ) : (
        <OneForm key={slot} target={target} record={record ?? null} />
      )}
    </Screen>
  )
}

function OneForm({ target, record }: { target: Extract<Target, { type: 'form' }>; record: ChartRecord | null }) {
  const { t } = useTranslation()
  const { chart, summary, person, slots, views } = useChart()
  const navigate = useNavigate()
  const [problem, setProblem] = useState<'full' | 'no-right' | 'invalid' | 'failed' | null>(null)
  const draft = useDraft(
    `${summary.slot}.${target.collection}.${target.kind}.${target.id ?? ''}${target.about ? `.${target.about}` : ''}`,
    record?.revision ?? null,
  )
  const list$ = useMemo(() => chart.list$(target.collection), [chart, target.collection])
  const profile$ = useMemo(() => chart.list$('profile'), [chart])
  const others = useObservable(list$)
  const profiles = useObservable(profile$)
  // The version that the person began with: what arrives meanwhile must not slip under their hands.
  const base = useFormBase(record, revisionOf, draft.round)
  const { begun, before } = base
  const initial = useMemo(() => (begun === null ? null : parseJsonObject(begun.resource)), [begun])
  const suggestions = useMemo(() => [...new Set((others ?? []).map((other) => other.title).filter(Boolean))], [others])
  if (others === undefined || profiles === undefined) return <Delayed />
  const { kind } = target
  if (!isKind(kind)) return <OtherDevice />
  const { Form, words } = kindOf(kind)
  // Of those who own the chart there is one description of the person; it is changed, not begun anew. Nobody changes what others wrote.
  const isOurs = ({ byOwner, author }: ChartRecord) => (summary.relation === 'own' ? byOwner : author.me)
  const described = kind === 'contacts' || kind === 'profile' ? patientsOf(profiles).find(isOurs) : undefined
  if (described && target.id === null)
    return <Navigate to={pathOf('form', summary.slot, slots.slotOf({ ...target, id: described.id }))} replace />
  const medicine = others.find(({ id }) => id === target.about)
  const medicineResource = medicine ? parseJsonObject(medicine.resource) : null
  const about =
    medicine && medicineResource ? { resource: medicineResource, reference: referenceOf(medicine, views) } : null

  const born = patientText(profiles, 'birthDate')
  const start = (): Start => ({
    resource: initial,
    patient: `Patient/${patientText(profiles, 'id') || 'self'}`,
    now: Date.now(),
  })
  // Asked where a new record begins; one that stands moves by its own page. The person's own description and contacts are for all readers.
  const { collection } = target
  const isAsked =
    target.id === null &&
    isCollection(collection) &&
    collection !== 'profile' &&
    mayDo(summary, privateName(collection), 'append')
  const isPrivate = isAsked && draft.isPrivate
  const save = async (resource: JsonObject, reason: string) => {
    const complete = withReason(resource, reason.trim())
    // Imported records may break rules of ours that they never knew; only what we write anew must pass.
    if (initial === null && checkResource(complete).length > 0) return setProblem('invalid')
    setProblem(null)
    const outcome = await chart
      .save({
        collection: isPrivate ? privateName(collection) : collection,
        resource: stringifyJson(complete),
        ...(begun === null ? {} : { id: begun.id, base: begun.revision }),
      })
      .catch(() => ({ type: 'failed' as const }))
    if (outcome.type === 'changed') return base.refuse()
    if (outcome.type !== 'saved') return setProblem(outcome.type)
    await draft.done().catch(() => {})
    void navigate(pathOf('record', summary.slot, slots.slotOf({ type: 'record', id: outcome.record.id })), {
      replace: true,
    })
  }
  const isCorrection = initial !== null
  const title =
    kind === 'contacts'
      ? t('contact.title')
      : isCorrection
        ? t('form.correctTitle', { what: record ? titleOf(record, t) : '' })
        : t('deed.addThing', { thing: words.thing(t) })
  return (
    <>
      <ScreenHead title={title} />
      {problem === null ? null : (
        <Banner status="danger" urgent>
          {problem === 'full'
            ? t('store.full')
            : problem === 'no-right'
              ? t('add.none')
              : problem === 'failed'
                ? t('form.notSaved')
                : t('form.invalid')}
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
      <FormDraftContext key={draft.round} value={draft.form}>
        <FormPrivacyContext value={isAsked ? { isPrivate, onChange: draft.setPrivate } : null}>
          <Form
            common={{ person, suggestions, isCorrection, born }}
            initial={initial}
            id={begun?.id ?? ''}
            others={others}
            views={views}
            about={about}
            start={start}
            save={save}
          />
        </FormPrivacyContext>
      </FormDraftContext>
    </>
  )
}

function revisionOf({ revision }: ChartRecord): string {
  return revision
}
