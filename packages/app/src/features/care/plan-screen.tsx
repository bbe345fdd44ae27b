/**
 * A plan as its patient reads it: the version that stands, what changed since the one that they confirmed, and the confirmation, which signs the
 * exact text in the language of the screen. A change asks again. Opening it is written down, so that the practice sees which version was read.
 */
import { Button } from '@mantine/core'
import {
  alsoOpened,
  instantText,
  isJsonObject,
  newPlanOpened,
  parseJsonOrNull,
  planForm,
  planOpenedOf,
  type PlanForm,
  planVersion,
  reasonOf,
  stringifyJson,
} from '@chartkeep/domain'
import type { ChartRecord, RecordRevision } from '@chartkeep/sync'
import { useEffect, useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useParams } from 'react-router'
import { useChartLabel } from '../../app/people/use-chart-label.ts'
import { addressOf } from '../../app/place/addresses.ts'
import { saveError } from '../../app/actions/save-error.ts'
import { useChart, useSession } from '../../app/context/app-context.tsx'
import { useListReaders } from '../../app/care/sharing/list-readers.ts'
import { writerOf } from '../../app/practice/writers.ts'
import { AmendmentCard } from '../../app/care/amendments/amendment-card.tsx'
import { ownPerson } from '../../app/practice/patient-person.ts'
import type { PlanView } from '../../app/care/plans/plan-views.ts'
import { PlanCard } from '../../app/care/plans/plan-card.tsx'
import { planSource, planTitle } from '../../app/care/plans/plan-words.ts'
import { usePatientPlans } from '../../app/care/plans/use-patient-plans.ts'
import { Delayed } from '../../app/hooks/delayed.tsx'
import { OtherDevice } from '../../app/place/other-device.tsx'
import { Screen } from '../../app/place/screen.tsx'
import { useObservable } from '../../app/hooks/use-observable.ts'
import { formatMoment } from '../../i18n/dates.ts'
import { currentLanguage } from '../../i18n/index.ts'
import { Card, Facts, ScreenHead } from '../../ui/display/card.tsx'
import { EmptyState } from '../../ui/display/empty-state.tsx'
import { PlanChanges } from '../../app/care/plans/plan-changes.tsx'
import { Banner } from '../../ui/display/status-mark.tsx'
import styles from '../../app/practice/care.module.css'

/** The plan behind the slot of the address. */
export function PlanScreen() {
  const { t } = useTranslation()
  const { slot } = useParams()
  const { chart, slots } = useChart()
  const target = slots.targetOf(slot)
  const id = target?.type === 'record' ? target.id : null
  const list$ = useMemo(() => chart.list$('plans'), [chart])
  const records = useObservable(list$)
  const plans = usePatientPlans(records)
  const view = plans?.find(({ record }) => record.id === id)
  if (id === null) return <OtherDevice />
  return (
    <Screen word="plans" focusKey={`${id}${plans === undefined ? '' : ' shown'}`}>
      {plans === undefined || records === undefined ? (
        <Delayed />
      ) : view === undefined ? (
        <EmptyState isScreen title={t('record.gone')} />
      ) : (
        <OnePlan key={view.record.id} view={view} records={records} />
      )}
    </Screen>
  )
}

function OnePlan({ view, records }: { view: PlanView; records: readonly ChartRecord[] }) {
  const { t } = useTranslation()
  const labelOf = useChartLabel()
  const { summary } = useChart()
  const { form, state, validity, version, approval, broken, record } = view
  const before = useConfirmedVersion(view)
  const reason = reasonOf(view.plan)
  useOpenedRecord(view, records)
  return (
    <>
      <p>
        <a className="ck-alone" href={addressOf('care', summary.slot)}>
          {t('deed.backTo', { place: t('screen.care') })}
        </a>
      </p>
      <ScreenHead title={planTitle(view, t)}>
        {t('plan.versionN', { n: version })} · {labelOf(summary)}
      </ScreenHead>
      {broken === null ? null : (
        <Banner status="danger" urgent>
          {t('plan.brokenText')}
        </Banner>
      )}
      {approval === null && broken === null && !record.author.me ? (
        <Banner status="attention">{t('plan.notApproved')}</Banner>
      ) : null}
      {reason === '' ? null : <Banner status="info">{t('plan.why', { reason })}</Banner>}
      <PlanCard form={form} state={state} validity={validity} />
      {before === null ? null : (
        <Card title={t('plan.changesSince', { n: before.version })}>
          <PlanChanges before={before.form} after={form} />
        </Card>
      )}
      <Confirmation view={view} />
      <Card title={t('record.source')}>
        <Facts items={planSource(view, t)} />
      </Card>
      <AmendmentCard record={record} />
    </>
  )
}

function Confirmation({ view }: { view: PlanView }) {
  const { t } = useTranslation()
  const { chart, summary } = useChart()
  const [isBusy, setBusy] = useState(false)
  const [problem, setProblem] = useState<'changed' | 'no-right' | 'full' | 'failed' | null>(null)
  const { record, version, asks, acknowledgement } = view
  const readers = useListReaders(record.collection)
  const isSeen = summary.relation !== 'own' || readers?.some(({ account }) => account === writerOf(record)) !== false
  const language = currentLanguage()
  const confirm = async () => {
    setBusy(true)
    setProblem(null)
    try {
      const outcome = await chart.sign({
        record: record.id,
        revision: record.revision,
        meaning: 'acknowledge',
        language,
      })
      if (outcome.type !== 'signed') setProblem(outcome.type)
    } catch {
      setProblem('failed')
    } finally {
      setBusy(false)
    }
  }
  if (acknowledgement !== null) {
    return (
      <Banner status="good">
        {t('plan.confirmedBy', {
          name: acknowledgement.who.me ? t('list.you') : acknowledgement.who.name || t('audit.someone'),
          n: version,
          time: formatMoment(new Date(acknowledgement.at), language),
        })}
      </Banner>
    )
  }
  if (!asks || summary.relation !== 'own') return null
  return (
    <Card title={t('plan.confirmTitle')}>
      <p>{t('plan.ack', { n: version })}</p>
      <p>{t(isSeen ? 'plan.ackMeans' : 'plan.ackUnseen')}</p>
      {problem === null ? null : (
        <Banner status="attention" urgent>
          {problem === 'changed'
            ? t('plan.changedMeanwhile')
            : problem === 'failed'
              ? t('deed.failed')
              : saveError(problem, t)}
        </Banner>
      )}
      <div className={styles.actions}>
        <Button loading={isBusy} onClick={() => void confirm()}>
          {t('plan.confirm')}
        </Button>
      </div>
    </Card>
  )
}

/** The version that the patient confirmed before this one, once it is read; null for none. */
function useConfirmedVersion({ record, earlier }: PlanView): { form: PlanForm; version: number } | null {
  const { chart } = useChart()
  const [found, setFound] = useState<RecordRevision | null>(null)
  const wanted = earlier?.revision ?? ''
  useEffect(() => {
    let isGone = false
    setFound(null)
    if (wanted === '') return
    void chart.history(record.id).then((versions) => {
      if (!isGone) setFound(versions.find(({ revision }) => revision === wanted) ?? null)
    })
    return () => {
      isGone = true
    }
  }, [chart, record.id, wanted])
  const resource = found?.resource == null ? null : parseJsonOrNull(found.resource)
  return isJsonObject(resource) ? { form: planForm(resource), version: planVersion(resource) } : null
}

/** Writes down, once for each version, that the patient opened it: only for a plan of somebody else in a chart of one's own. */
function useOpenedRecord({ record, approval, opened }: PlanView, records: readonly ChartRecord[]): void {
  const { device } = useSession()
  const { chart, summary, views } = useChart()
  const profile$ = useMemo(() => chart.list$('profile'), [chart])
  const profiles = useObservable(profile$)
  const written = useRef('')
  const { revision, doc } = record
  const isKnown = opened.some((version) => version.revision === revision)
  const isAsked = approval !== null && summary.relation === 'own' && !isKnown && profiles !== undefined
  useEffect(() => {
    if (!isAsked || written.current === revision) return
    written.current = revision
    const version = { revision, at: instantText(Date.now()) }
    // Each device keeps a record of its own: two that were read while apart are no two versions.
    const task = records.find(
      ({ author, ...other }) => author.device === device && planOpenedOf(views.of(other).resource)?.plan === doc,
    )
    const before = task === undefined ? null : views.of(task).resource
    const resource = isJsonObject(before)
      ? alsoOpened(before, version)
      : newPlanOpened(doc, version, ownPerson(profiles))
    const input = { collection: 'plans', resource: stringifyJson(resource) }
    // What does not fit on a full disk is told elsewhere; the plan is read all the same.
    chart.save(task === undefined ? input : { ...input, id: task.id }).catch(() => {})
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- once for each version
  }, [isAsked, revision])
}
