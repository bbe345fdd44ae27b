/**
 * Plans as both sides show them: the current version with its approval and acknowledgement, each a signature that this device has verified.
 * Pure. A signature that does not hold counts for nothing and is reported.
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
  /** The approval of exactly the current version; null if no valid one exists. */
  approval: SignatureView | null
  acknowledgement: SignatureView | null
  /** A signature of this version that does not hold. */
  broken: SignatureView | null
  /** The newest acknowledgement of an earlier version; null if there is none, or if the current version has one. */
  earlier: SignatureView | null
  /** Versions that the patient opened, by the owners' records. */
  opened: OpenedVersion[]
  /** The patient is to confirm this version. */
  asks: boolean
  validity: Validity
}

/**
 * The plans among `records`, newest first. `isPatient` recognises the accounts of the patient's side: only these acknowledge a plan, and
 * only another account that wrote the plan approves it. A plan that no other account approved is the person's own and requires nothing.
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
