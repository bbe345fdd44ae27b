/**
 * A simulation of treatment plans between a practice and a patient: two devices of each change, approve and acknowledge versions in any order that
 * the seed draws, mostly apart, while answers get lost. The shipping machine over rows in memory, a real server core, real signatures.
 */
import {
  changedPlan,
  EMPTY_PLAN,
  isJsonObject,
  jsonObject,
  newPlan,
  parseJsonOrNull,
  planAfter,
  planForm,
  stringifyJson,
} from '@chartkeep/domain'
import { idText } from '@chartkeep/protocol'
import type { StoredRecord } from '@chartkeep/store'
import type { SignatureView } from '@chartkeep/sync'
import { commitVersions, conflictsOf, ContentSignatures, prepareVersion, TABLE } from '@chartkeep/sync/testing'
import type { Device } from './attack-world.ts'
import {
  type Apart,
  type ApartResult,
  type BesideClinic,
  besideClinic,
  count,
  expectInStep,
  runApart,
  syncOnce,
} from './sim-apart.ts'

/** Which version counts as approved; a mistake is planted by another way. */
export type Approved = (plan: StoredRecord, signatures: readonly SignatureView[]) => boolean

/** As the screens have it (plan-views.ts). */
export const isApproved: Approved = ({ revision }, signatures) =>
  signatures.some((one) => one.meaning === 'approve' && one.revision === revision && one.state.type === 'holds')

interface Run extends BesideClinic {
  approved: Approved
  reading: Map<Device, ContentSignatures>
  /** Every text of a plan that somebody wrote. */
  written: Set<string>
  /** What was signed: record of the signature, and the text that the signer had before them. */
  signed: Map<string, { revision: string; text: string; meaning: string; by: string }>
  steps: number
}

const PLANS = 'plans'
const NOTES = 'notes'
const LIN = { id: 'lin', name: 'Dr Lin' }

export function runPlans(seed: number, steps: number, approved: Approved = isApproved): Promise<ApartResult> {
  const lists = [PLANS, NOTES]
  const begin = async (run: Apart): Promise<Run> => ({
    ...(await besideClinic(run, lists)),
    approved,
    reading: new Map(),
    written: new Set(),
    signed: new Map(),
    steps: 0,
  })
  return runApart({ name: 'plans', lists, begin, action, check }, seed, steps)
}

async function action(run: Run): Promise<void> {
  run.steps += 1
  const device = run.random.pick(run.devices)
  const draw = run.random.int(100)
  if (draw < 35) return syncOnce(run, device)
  const [plan] = run.random.chance(0.9) ? plansOf(device) : []
  if (run.patient.includes(device)) return plan === undefined ? undefined : acknowledge(run, device, plan)
  if (plan === undefined || draw < 65) return write(run, device, plan)
  return approve(run, device, plan)
}

function plansOf(device: Device): StoredRecord[] {
  return device.rows.all().filter(({ collectionName, status }) => collectionName === PLANS && status !== 'trash')
}

async function save(run: Run, device: Device, collection: string, resource: string, id?: string) {
  const draft = { collection, resource }
  const prepared = prepareVersion(device.machine, id === undefined ? draft : { ...draft, id })
  if (prepared.type !== 'row') return null
  await commitVersions(device.machine, [prepared])
  return prepared.row
}

/** A new plan, or a change of one: of a plan beyond its draft two changes made apart never become one. */
async function write(run: Run, device: Device, plan: StoredRecord | undefined): Promise<void> {
  const details = `${device.name} ${run.steps}`
  const form = { ...EMPTY_PLAN, title: 'Plan', goals: ['Goal'], details }
  const person = jsonObject({ reference: 'Patient/1' })
  const before = plan === undefined ? null : parseJsonOrNull(plan.resource)
  // Who changes the title and who changes the details could be merged, were it no plan that somebody agreed to.
  const isTitle = run.random.chance(0.5)
  const resource = isJsonObject(before)
    ? changedPlan(before, { ...planForm(before), ...(isTitle ? { title: details } : { details }) }, true)
    : activePlan(newPlan(form, { person, author: LIN, at: '2026-11-22T08:00:00Z' }))
  const text = stringifyJson(resource)
  if ((await save(run, device, PLANS, text, plan?.id)) === null) return
  run.written.add(text)
  count(run, 'version')
  run.trace.push(`${device.name} writes ${details}`)
}

function activePlan(draft: ReturnType<typeof newPlan>): ReturnType<typeof newPlan> {
  const after = planAfter(draft, 'approve', { mayApprove: true, isApproved: false, reason: '' })
  if (after.type !== 'plan') throw new Error(after.why)
  return after.plan
}

const approve = (run: Run, device: Device, plan: StoredRecord) => signPlan(run, device, plan, 'approve')
/** A person confirms what they are shown: a version that the practice approved. */
async function acknowledge(run: Run, device: Device, plan: StoredRecord): Promise<void> {
  if (run.approved(plan, await signaturesOf(run, device, plan.doc))) await signPlan(run, device, plan, 'acknowledge')
}

async function signPlan(run: Run, device: Device, plan: StoredRecord, meaning: 'approve' | 'acknowledge') {
  const language = meaning === 'acknowledge' ? { language: 'en' } : {}
  const resource = await reader(run, device).make({ meaning, ...language }, plan)
  const saved = await save(run, device, NOTES, resource)
  if (saved === null) return
  run.signed.set(saved.doc, { revision: plan.revision, text: plan.resource, meaning, by: device.name })
  count(run, meaning)
  run.trace.push(`${device.name}: ${meaning} ${plan.revision}`)
}

function reader(run: Run, device: Device): ContentSignatures {
  const known = run.reading.get(device)
  if (known !== undefined) return known
  const me = idText(device.person.account)
  const people = {
    author: (account: string, id: string) => ({ account, device: id, member: '', name: account, me: account === me }),
  }
  const made = new ContentSignatures({
    machine: device.machine,
    shown: device.machine.rows,
    people,
    signer: () => null,
  })
  run.reading.set(device, made)
  return made
}

const signaturesOf = (run: Run, device: Device, doc?: string) => reader(run, device).views(doc)

/** Each device is held to what was written and signed. */
async function check(run: Run): Promise<void> {
  await expectInStep(run)
  for (const device of run.devices) await checkDevice(run, device)
}

async function checkDevice(run: Run, device: Device): Promise<void> {
  const fault = (text: string) => run.faults.push(`${text} (${device.name})`)
  const signatures = await signaturesOf(run, device)
  const there = new Set(device.rows.all().map(({ doc }) => doc))
  for (const [doc, { by, meaning }] of run.signed) if (!there.has(doc)) fault(`2 N1: ${meaning} of ${by} is lost`)
  for (const { state, meaning } of signatures)
    if (state.type === 'broken') fault(`N2: ${meaning} does not hold: ${state.why}`)
  for (const plan of plansOf(device)) {
    if (!run.written.has(plan.resource)) fault('Y3: a plan reads as nobody wrote it')
    if (!run.approved(plan, signatures)) continue
    count(run, 'approved')
    const said = [...run.signed.values()].some(
      ({ meaning, revision, text }) => meaning === 'approve' && revision === plan.revision && text === plan.resource,
    )
    if (!said) fault('N1: a text counts as approved that nobody approved')
  }
  for (const past of [...device.rows.table(TABLE.supersededVersions).values()] as unknown as StoredRecord[])
    if (past.collectionName === PLANS && past.resource !== '' && !run.written.has(past.resource))
      fault('Y3: an earlier version reads as nobody wrote it')
  count(run, 'open conflict', conflictsOf(device.machine).length)
}
