/** One plan of the practice: its text, what changed since the version before, its approval, what the patient did about it, and the deeds. */
import {
  isJsonObject,
  momentOf,
  parseJsonOrNull,
  type PlanForm,
  planForm,
  planVersion,
  reasonOf,
} from '@chartkeep/domain'
import type { RecordRevision } from '@chartkeep/sync'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useParams } from 'react-router'
import { useChartLabel } from '../../app/people/use-chart-label.ts'
import { addressOf } from '../../app/place/addresses.ts'
import { useChart } from '../../app/context/app-context.tsx'
import { PlanCard } from '../../app/care/plans/plan-card.tsx'
import { planSource } from '../../app/care/plans/plan-words.ts'
import { usePractice } from '../../app/practice/practice-context.tsx'
import { type PracticePlan, usePracticePlans } from '../../app/care/plans/use-practice-plans.ts'
import { Delayed } from '../../app/hooks/delayed.tsx'
import { OtherDevice } from '../../app/place/other-device.tsx'
import { Screen } from '../../app/place/screen.tsx'
import { formatMoment } from '../../i18n/dates.ts'
import { currentLanguage } from '../../i18n/index.ts'
import { Card, Facts, ScreenHead } from '../../ui/display/card.tsx'
import { EmptyState } from '../../ui/display/empty-state.tsx'
import { PlanChanges } from '../../app/care/plans/plan-changes.tsx'
import { Banner } from '../../ui/display/status-mark.tsx'
import { PlanActions } from './plan-actions-card.tsx'

/** The plan behind the slot of the address. */
export function PracticePlanScreen() {
  const { t } = useTranslation()
  const { slot } = useParams()
  const { keep } = usePractice()
  const plans = usePracticePlans()
  const target = keep.slots.targetOf(slot)
  const id = target?.type === 'record' ? target.id : null
  const plan = plans?.find(({ record }) => record.id === id)
  if (id === null) return <OtherDevice />
  return (
    <Screen word="plans" focusKey={`${id}${plans === undefined ? '' : ' shown'}`}>
      {plans === undefined ? (
        <Delayed />
      ) : plan === undefined ? (
        <EmptyState isScreen title={t('record.gone')} />
      ) : (
        <OnePlan key={plan.record.id} plan={plan} />
      )}
    </Screen>
  )
}

function OnePlan({ plan }: { plan: PracticePlan }) {
  const { t } = useTranslation()
  const { summary } = useChart()
  const { form, state, validity, version, broken, record } = plan
  const before = useVersionBefore(plan)
  const reason = reasonOf(plan.plan)
  return (
    <>
      <p>
        <a className="ck-alone" href={addressOf('plans', summary.slot)}>
          {t('deed.backTo', { place: t('plan.listTitle') })}
        </a>
      </p>
      <ScreenHead title={form.title || t('plan.untitled')}>{t('plan.versionN', { n: version })}</ScreenHead>
      {broken === null ? null : (
        <Banner status="danger" urgent>
          {t('plan.brokenText')}
        </Banner>
      )}
      <WhoHasIt plan={plan} />
      {reason === '' ? null : <Banner status="info">{t('plan.why', { reason })}</Banner>}
      <PlanCard form={form} state={state} validity={validity} />
      <PlanActions key={record.revision} plan={plan} />
      <Card title={t('plan.compare')}>
        {before === null ? <p>{t('plan.firstVersion')}</p> : <PlanChanges before={before} after={form} />}
      </Card>
      <PatientSide plan={plan} />
      <Card title={t('record.source')}>
        <Facts items={planSource(plan, t)} />
      </Card>
    </>
  )
}

/** Who has which version, by place. */
function WhoHasIt({ plan: { published, record, approval, state } }: { plan: PracticePlan }) {
  const { t } = useTranslation()
  const { summary } = useChart()
  const name = useChartLabel()(summary)
  if (summary.file !== undefined && state !== 'draft')
    return <Banner status="neutral">{t('publish.unseen', { name })}</Banner>
  if (published === null)
    return <Banner status="private">{state === 'draft' ? t('plan.draftsOnly') : t('plan.notPublished')}</Banner>
  if (published.revision === record.revision) return <Banner status="good">{t('plan.published', { name })}</Banner>
  return (
    <Banner status="attention">
      {approval === null ? t('plan.waitsApproval') : t('plan.publishedOlder', { name })}
    </Banner>
  )
}

/** Which version the patient opened and confirmed, in which language. */
function PatientSide({ plan }: { plan: PracticePlan }) {
  const { t } = useTranslation()
  const { published, version, record, opened, acknowledgement, earlier } = plan
  if (published === null) return null
  const at = opened.find(({ revision }) => revision === record.revision)?.at
  const languageOf = (tag: string) =>
    tag.startsWith('en')
      ? t('plan.languageName.en')
      : tag.startsWith('zh')
        ? t('plan.languageName.zh')
        : t('plan.languageName.other')
  const when = (moment: number) => formatMoment(new Date(moment), currentLanguage())
  const confirmed =
    acknowledgement !== null
      ? t('plan.acked', {
          n: version,
          time: when(acknowledgement.at),
          language: languageOf(acknowledgement.language),
        })
      : earlier !== null
        ? t('plan.ackedEarlier', { time: when(earlier.at), language: languageOf(earlier.language) })
        : t('plan.ackNot', { n: version })
  return (
    <Card title={t('plan.sides')}>
      <p>
        {at === undefined
          ? t('plan.openedNot', { n: version })
          : t('plan.opened', { n: version, time: when(momentOf(at)) })}
      </p>
      <p>{confirmed}</p>
    </Card>
  )
}

/** The newest version before the one that patients count now; null for none, and until it is read. */
function useVersionBefore({ record, version }: PracticePlan): PlanForm | null {
  const { vault } = usePractice()
  const [versions, setVersions] = useState<readonly RecordRevision[]>([])
  useEffect(() => {
    let isGone = false
    void vault.history(record.id).then((found) => {
      if (!isGone) setVersions(found)
    })
    return () => {
      isGone = true
    }
  }, [vault, record.id, record.revision])
  for (const { resource, current } of versions.toSorted((a, b) => b.savedAt - a.savedAt || b.n - a.n)) {
    const plan = current || resource === null ? null : parseJsonOrNull(resource)
    if (isJsonObject(plan) && planVersion(plan) < version) return planForm(plan)
  }
  return null
}
