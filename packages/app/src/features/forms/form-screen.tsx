/** Add or correct a record by hand: the right form, what it knew before, and one durable save. */
import { Button } from '@mantine/core'
import { checkResource, isJsonObject, type JsonObject, parseJsonOrNull, stringifyJson } from '@chartkeep/domain'
import type { ChartRecord } from '@chartkeep/sync'
import type { TFunction } from 'i18next'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useNavigate, useParams } from 'react-router'
import { pathOf } from '../../app/addresses.ts'
import { useChart } from '../../app/app-context.tsx'
import { patientText } from '../../app/chart-patient.ts'
import { Delayed } from '../../app/delayed.tsx'
import { withReason } from '../../app/version-reason.ts'
import { titleOf } from '../../app/record-view.ts'
import { OtherDevice } from '../../app/other-device.tsx'
import { Screen } from '../../app/screen.tsx'
import type { Target } from '../../app/slots.ts'
import { useDraft } from '../../app/use-draft.ts'
import { useObservable } from '../../app/use-observable.ts'
import { formatMoment } from '../../i18n/dates.ts'
import { en } from '../../i18n/en/index.ts'
import { currentLanguage } from '../../i18n/index.ts'
import { zh } from '../../i18n/zh/index.ts'
import { ScreenHead } from '../../ui/card.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { AllergyForm, EMPTY_ALLERGY } from '../../ui/forms/allergy-form.tsx'
import { FormDraftContext } from '../../ui/forms/form-draft.ts'
import { EMPTY_IMMUNIZATION, ImmunizationForm } from '../../ui/forms/immunization-form.tsx'
import { EMPTY_LAB, LabForm } from '../../ui/forms/lab-form.tsx'
import { EMPTY_MEDICATION, MedicationForm } from '../../ui/forms/medication-form.tsx'
import { EMPTY_PROFILE, ProfileForm } from '../../ui/forms/profile-form.tsx'
import { Banner } from '../../ui/status-mark.tsx'
import {
  allergyResource,
  allergyValues,
  immunizationResource,
  immunizationValues,
  labResource,
  labValues,
  medicationResource,
  medicationValues,
  profileResource,
  profileValues,
  type Start,
} from './resources.ts'

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
    `${summary.slot}.${target.collection}.${target.kind}.${target.id ?? ''}`,
    record?.revision ?? null,
  )
  const list$ = useMemo(() => chart.list$(target.collection), [chart, target.collection])
  const profile$ = useMemo(() => chart.list$('profile'), [chart])
  const others = useObservable(list$)
  const profiles = useObservable(profile$)
  // The version that the person began with: what arrives meanwhile must not slip under their hands.
  const [initial] = useState(() => (record === null ? null : asObject(record.resource)))
  const suggestions = useMemo(() => [...new Set((others ?? []).map((other) => other.title).filter(Boolean))], [others])
  if (others === undefined || profiles === undefined) return <Delayed />

  const start = (): Start => ({
    resource: initial,
    patient: `Patient/${patientText(profiles, 'id') || 'self'}`,
    now: Date.now(),
  })
  const save = async (resource: JsonObject, reason: string) => {
    const complete = withReason(resource, reason.trim())
    // Imported records may break rules of ours that they never knew; only what we write anew must pass.
    if (initial === null && checkResource(complete).length > 0) return setProblem('invalid')
    setProblem(null)
    const outcome = await chart
      .save({
        collection: target.collection,
        resource: stringifyJson(complete),
        ...(target.id === null ? {} : { id: target.id }),
      })
      .catch(() => ({ type: 'failed' as const }))
    if (outcome.type !== 'saved') return setProblem(outcome.type)
    await draft.done().catch(() => {})
    void navigate(pathOf('record', summary.slot, slots.slotOf({ type: 'record', id: outcome.record.id })), {
      replace: true,
    })
  }
  const isCorrection = initial !== null
  const title = isCorrection
    ? t('form.correctTitle', { what: record ? titleOf(record, t) : '' })
    : t('deed.addThing', { thing: thingWord(target.kind, t) })
  const common = { person, suggestions, isCorrection }
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
      {draft.since === null ? null : (
        <Banner
          status={draft.isStale ? 'attention' : 'info'}
          action={
            <Button variant="default" onClick={() => void draft.drop()}>
              {t('form.dropDraft')}
            </Button>
          }
        >
          {t('form.draftOf', { time: formatMoment(new Date(draft.since), currentLanguage()) })}{' '}
          {draft.isStale ? t('form.draftStale') : null}
        </Banner>
      )}
      <FormDraftContext key={draft.round} value={draft.form}>
        {target.kind === 'allergies' ? (
          <AllergyForm
            {...common}
            initial={initial ? allergyValues(initial, reactionKey) : EMPTY_ALLERGY}
            onSave={(values, reason) =>
              save(
                allergyResource(values, start(), (key) => (isReaction(key) ? t(`reaction.${key}`) : key)),
                reason,
              )
            }
          />
        ) : target.kind === 'medications' ? (
          <MedicationForm
            {...common}
            initial={initial ? medicationValues(initial) : EMPTY_MEDICATION}
            onSave={(values, reason) => save(medicationResource(values, start()), reason)}
          />
        ) : target.kind === 'immunizations' ? (
          <ImmunizationForm
            {...common}
            initial={initial ? immunizationValues(initial) : EMPTY_IMMUNIZATION}
            onSave={(values, reason) => save(immunizationResource(values, start()), reason)}
          />
        ) : target.kind === 'labs' ? (
          <LabForm
            {...common}
            initial={initial ? labValues(initial) : EMPTY_LAB}
            unitOf={(test) => {
              const known = others.find((other) => other.title === test)
              return known ? (views.of(known).descriptor.value?.unit ?? '') : ''
            }}
            onSave={(values, reason) => {
              // A known test keeps its code, so that the new result joins the trend.
              const known = initial
                ? undefined
                : others.find((other) => other.type === 'Observation' && other.title === values.test.trim())
              const view = known ? views.of(known).descriptor : null
              const { unit = '', unitCode = '' } = view?.value ?? {}
              return save(labResource(values, start(), view ? { code: view.code, unit, unitCode } : null), reason)
            }}
          />
        ) : (
          <ProfileForm
            {...common}
            initial={initial ? profileValues(initial) : EMPTY_PROFILE}
            onSave={(values, reason) => save(profileResource(values, start()), reason)}
          />
        )}
      </FormDraftContext>
    </>
  )
}

function asObject(text: string): JsonObject | null {
  const value = parseJsonOrNull(text)
  return isJsonObject(value) ? value : null
}

type Reaction = keyof typeof en.reaction

function isReaction(key: string): key is Reaction {
  return Object.hasOwn(en.reaction, key)
}

/** The key of a reaction's word in either language; other words stay themselves. */
function reactionKey(text: string): string {
  const found = (Object.keys(en.reaction) as Reaction[]).find(
    (key) => en.reaction[key] === text || zh.reaction[key] === text,
  )
  return found ?? text
}

function thingWord(kind: string, t: TFunction): string {
  switch (kind) {
    case 'allergies':
    case 'medications':
    case 'labs':
    case 'immunizations':
    case 'profile':
      return t(`thing.${kind}`)
    default:
      return t('thing.other')
  }
}
