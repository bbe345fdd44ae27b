/** Each action of the table of roles (docs/roles.md) done by whoever is unlocked at a session, with the functions that the screens call. */
import { addAddendum, saveNote, signVersion } from '@chartkeep/app/src/app/care/notes/note-actions.ts'
import { personOfChart } from '@chartkeep/app/src/app/practice/patient-person.ts'
import { doPlanAction } from '@chartkeep/app/src/app/care/plans/plan-actions.ts'
import { plansOf } from '@chartkeep/app/src/app/care/plans/plan-views.ts'
import { resultsOf } from '@chartkeep/app/src/app/care/results/practice-results.ts'
import { keepBack, releaseResult } from '@chartkeep/app/src/app/care/results/release-result.ts'
import { RecordViews } from '@chartkeep/app/src/app/words/record-view.ts'
import { saveValue } from '@chartkeep/app/src/features/results/save-result.ts'
import {
  type CareMember,
  EMPTY_NOTE,
  EMPTY_OBSERVATION,
  jsonObject,
  type JsonObject,
  newObservation,
  type PracticeAction,
  stringifyJson,
} from '@chartkeep/domain'
import type { Chart, ChartRecord, ChartSummary, Practice, Session } from '@chartkeep/sync'
import { firstValueFrom } from 'rxjs'
import { actionRecords, draftPlan, openVisit } from './action-records.ts'
import { until } from './device-world.ts'

/** A member at work: the practice, its vault, and the patient whose chart is open; null for whoever has none. */
export interface AtWork {
  session: Session
  practice: Practice
  vault: Chart
  /** For the patient, as an administrator's list has it too. */
  patient: ChartSummary
  chart: Chart | null
}

/** What somebody who may do everything has prepared: none of it is signed, closed, released or approved. */
export interface Prepared {
  note: ChartRecord
  second: ChartRecord
  visit: ChartRecord
  result: ChartRecord
  other: ChartRecord
  plan: ChartRecord
  /** A chart that may be opened in an emergency, as a physician knows it. */
  held: string
}

async function written(vault: Chart, collection: string, resource: string): Promise<ChartRecord> {
  const saved = await vault.save({ collection, resource })
  if (saved.type !== 'saved') throw new Error(saved.type)
  return saved.record
}

/** Two notes, a visit, two results and a plan about the patient. */
export async function prepare({ session, vault, patient, practice }: AtWork): Promise<Prepared> {
  const person = personOfChart(patient)
  const by = memberOf(practice)
  const view = { practice, vault }
  const note = async (title: string) => {
    const form = { ...EMPTY_NOTE, title, sections: { ...EMPTY_NOTE.sections, subjective: 'Cough' } }
    const saved = await saveNote(view, form, { chart: patient, visit: '', note: null }, 'final')
    if (typeof saved === 'string') throw new Error(saved)
    return saved
  }
  const result = async (test: string) => {
    const form = { ...EMPTY_OBSERVATION, test, value: '7.9', unit: '%', status: 'final', date: '2026-11-21' } as const
    const saved = await saveValue(vault, newObservation(form, ''), { person, into: null, name: '' })
    if (saved.type !== 'saved') throw new Error(saved.type)
    return saved.record
  }
  return {
    note: await note('Visit'),
    second: await note('Second'),
    visit: await written(vault, 'encounters', stringifyJson(openVisit(person))),
    result: await result('HbA1c'),
    other: await result('Sodium'),
    plan: await written(vault, 'plans', stringifyJson(draftPlan(person, by))),
    held: (await until(session.emergency.held$, (all) => all.length > 0))[0]!.id,
  }
}

export function memberOf({ me }: Practice): CareMember {
  return { id: me.id, name: me.name }
}

/** What an action came to: done, or the word with which it was refused. */
export type ActionOutcome = 'done' | (string & {})

const CODE_OF_NOBODY = 'ck-pair:nobody'

/** Every action of the table: one that is added there has no place to hide. */
export const ACTIONS: Record<PracticeAction, (at: AtWork, prepared: Prepared) => Promise<readonly ActionOutcome[]>> = {
  'administer-members': async ({ practice }) => {
    const members = await until(practice.members$, (all) => all.length > 1)
    const boss = members.find(({ name }) => name === 'Lin Wei')!
    const added = await practice.addMember(CODE_OF_NOBODY, { name: 'X', roles: ['nurse'] })
    const changed = await practice.setRoles(boss.id, ['admin', 'physician', 'nurse'], boss.roles)
    return [
      // The code is nobody's: whoever may is told that, everybody else that they may not.
      added.type === 'no-right' ? 'no-right' : 'done',
      changed.type === 'refused' ? changed.error : changed.type,
    ]
  },
  'confirm-identity': (at) => savedAll(at, 'confirm-identity'),
  'write-note': (at) => savedAll(at, 'write-note'),
  'sign-note': async (at, { note }) => {
    const resource = jsonObject(JSON.parse(note.resource) as JsonObject)
    const signed = await signVersion(at, note, 'author')
    const added = await addAddendum(at, { record: note, resource }, 'One thing more.')
    return [signed ?? 'done', added.problem ?? 'done']
  },
  'co-sign-note': async (at, { second }) => [(await signVersion(at, second, 'co-sign')) ?? 'done'],
  'lock-visit': async ({ vault, patient, practice }, { visit }) => {
    const closed = actionRecords(patient.id, memberOf(practice)).find(({ action }) => action === 'lock-visit')!
    const resource = stringifyJson(closed.resource)
    return [done((await vault.save({ collection: 'encounters', id: visit.id, resource })).type)]
  },
  'release-result': async ({ practice, vault, patient }, { result, other }) => {
    const known = resultsOf(vaultRows(vault, [result, other]), new RecordViews())
    const work = (record: ChartRecord) => ({
      practice,
      vault,
      result: known.find((each) => each.record.doc === record.doc)!,
    })
    if (known.length < 2) return ['unread']
    const how = { chartSlot: patient.slot, comment: 'All is well.', signs: true }
    return [
      done((await releaseResult(work(result), how)).type),
      done((await keepBack(work(other), 'Wrong patient')).type),
    ]
  },
  'approve-plan': async ({ practice, vault, patient }, { plan }) => {
    const [view] = plansOf([plan], [], new RecordViews(), () => false)
    const how = { reason: '', chartSlot: patient.slot }
    const outcome = await doPlanAction({ practice, vault }, { ...view!, published: null }, 'approve', how)
    const signed = await vault.sign({ record: plan.id, revision: plan.revision, meaning: 'approve' })
    const said = outcome.type === 'refused' ? outcome.why : outcome.type === 'problem' ? outcome.problem : outcome.type
    // Whoever may has just signed the next version.
    return [said, signed.type === 'changed' && said === 'done' ? 'done' : done(signed.type)]
  },
  'write-message': (at) => savedAll(at, 'write-message'),
  book: (at) => savedAll(at, 'book'),
  'assign-work': (at) => savedAll(at, 'assign-work'),
  'answer-amendment': (at) => savedAll(at, 'answer-amendment'),
  'emergency-access': async ({ session }, { held }) => {
    const [own] = await firstValueFrom(session.emergency.held$)
    const opened = await session.emergency.open(own?.id ?? held, 'Found unconscious at the station')
    return [opened.type === 'refused' ? opened.why : opened.type === 'opened' ? 'done' : opened.type]
  },
  'read-audit': async ({ vault }) => {
    const lines = await firstValueFrom(vault.audit$)
    return [lines.some(({ author }) => !author.me) ? 'done' : 'nothing of others']
  },
}

/** Each record that shows the action, saved by the member. */
async function savedAll({ vault, patient, practice }: AtWork, wanted: PracticeAction): Promise<ActionOutcome[]> {
  const outcomes: ActionOutcome[] = []
  for (const { action, list, resource } of actionRecords(patient.id, memberOf(practice))) {
    if (action !== wanted) continue
    outcomes.push(done((await vault.save({ collection: list, resource: stringifyJson(resource) })).type))
  }
  return outcomes
}

const DONE: ReadonlySet<string> = new Set(['saved', 'signed', 'published', 'done'])

function done(type: string): ActionOutcome {
  return DONE.has(type) ? 'done' : type
}

/** The records as this member's device has them; what it may not read is as it was told to the member by somebody. */
function vaultRows(vault: Chart, records: readonly ChartRecord[]): ChartRecord[] {
  return records.map((record) => vault.recordNow(record.id) ?? record)
}
