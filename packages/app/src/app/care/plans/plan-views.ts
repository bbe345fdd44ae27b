/**
 * Plans as both sides show them: the version that stands with its approval and acknowledgement, each a signature that this device has checked. Pure.
 * A claim that does not hold counts for nothing and is said.
 */
import {
  asksAcknowledgement,
  isJsonObject,
  type JsonObject,
  type OpenedVersion,
  planForm,
  planOpenedOf,
  planState,
  type PlanForm,
  type PlanState,
  planVersion,
  type Validity,
  validityOf,
} from '@chartkeep/domain'
import type { ChartRecord, SignatureView } from '@chartkeep/sync'
import { deviceReader } from '../../../i18n/dates.ts'
import type { RecordViews } from '../../words/record-view.ts'
import { breaks, writerOf } from '../../practice/writers.ts'

export interface PlanView {
  record: ChartRecord
  plan: JsonObject
  form: PlanForm
  state: PlanState
  /** As patients count. */
  version: number
  /** Of the very version that stands; null for none that holds. */
  approval: SignatureView | null
  acknowledgement: SignatureView | null
  /** A signature of this version that does not hold. */
  broken: SignatureView | null
  /** The newest acknowledgement of an earlier version; null where none is, or the version that stands has one. */
  earlier: SignatureView | null
  /** Versions that the patient opened, as the records of who owns the chart say. */
  opened: OpenedVersion[]
  /** The patient is to confirm this version. */
  asks: boolean
  validity: Validity
}

/**
 * The plans among `records`, the newest first. `isPatient` tells the accounts of the patient's side: only theirs acknowledge, and only who wrote a plan
 * approves it, where that is somebody else.
 * A plan that nobody else approved is the person's own, and asks nothing.
 */
export function plansOf(
  records: readonly ChartRecord[],
  signatures: readonly SignatureView[],
  views: RecordViews,
  isPatient: (account: string) => boolean,
): PlanView[] {
  const opened = openedVersions(records, views)
  const byRecord = Map.groupBy(signatures, ({ record }) => record)
  return records
    .filter(({ type, status }) => type === 'CarePlan' && status !== 'error')
    .flatMap((record) => {
      const { resource } = views.of(record)
      if (!isJsonObject(resource)) return []
      return [planView(record, resource, byRecord.get(record.doc) ?? [], isPatient, opened.get(record.doc) ?? [])]
    })
    .toSorted((a, b) => b.record.savedAt - a.record.savedAt)
}

/** Versions of plans that the patient's side opened, by the plan. */
export function openedVersions(records: readonly ChartRecord[], views: RecordViews): Map<string, OpenedVersion[]> {
  const found = new Map<string, OpenedVersion[]>()
  for (const record of records) {
    const opened = record.type === 'Task' && record.byOwner ? planOpenedOf(views.of(record).resource) : null
    if (opened !== null) found.set(opened.plan, [...(found.get(opened.plan) ?? []), ...opened.versions])
  }
  return found
}

function planView(
  record: ChartRecord,
  plan: JsonObject,
  signatures: readonly SignatureView[],
  isPatient: (account: string) => boolean,
  opened: OpenedVersion[],
): PlanView {
  const holding = signatures.filter(({ state }) => state.type === 'holds')
  const ofThis = holding.filter(({ revision }) => revision === record.revision)
  const writer = writerOf(record)
  const approval = isPatient(writer)
    ? null
    : (ofThis.findLast(({ meaning, who }) => meaning === 'approve' && who.account === writer) ?? null)
  const theirs = (one: SignatureView) => one.meaning === 'acknowledge' && isPatient(one.who.account)
  const acknowledgement = ofThis.findLast(theirs) ?? null
  return {
    record,
    plan,
    form: planForm(plan),
    state: planState(plan),
    version: planVersion(plan),
    approval,
    acknowledgement,
    broken: signatures.find((one) => breaks(one, record) && one.revision === record.revision) ?? null,
    earlier: acknowledgement === null ? (holding.findLast(theirs) ?? null) : null,
    opened,
    asks: approval !== null && acknowledgement === null && asksAcknowledgement(plan, deviceReader()),
    validity: validityOf(plan, deviceReader()),
  }
}
