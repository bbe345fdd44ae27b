/**
 * A practice at the server of a journey, made by devices in Node: who administers it, a patient chart for each role of care with something in it
 * for every action of the table (docs/roles.md), and one that may be opened in an emergency.
 */
import { saveNote, signVersion } from '@chartkeep/app/src/app/care/notes/note-actions.ts'
import { resultsOf } from '@chartkeep/app/src/app/care/results/practice-results.ts'
import { releaseResult } from '@chartkeep/app/src/app/care/results/release-result.ts'
import { RecordViews } from '@chartkeep/app/src/app/words/record-view.ts'
import {
  CARE_ROLES,
  type CareRole,
  COLLECTIONS,
  EMPTY_NOTE,
  isJsonObject,
  jsonObject,
  type JsonObject,
  newAmendment,
  type PracticeRole,
  stringifyJson,
} from '@chartkeep/domain'
import type { Chart, Grantee, Session } from '@chartkeep/sync'
import type { ShareInput } from '@chartkeep/sync/testing'
import { type AtWork, prepare } from './actions-done.ts'
import { confirmed, PASSPHRASE, until } from './device-world.ts'
import { createNodeDevice, type NodeDevice } from './node-device.ts'

/** Whose chart each role of care works in; the first administers the practice too. */
export const PATIENTS: Record<CareRole, string> = { physician: 'Chen Mei', nurse: 'Chen Bo', scribe: 'Chen An' }
export const BIRTH_DATE = '1992-03-04'
/** The patient whose chart may be opened in an emergency alone. */
export const HELD = 'Chen Li'
/** Who administers the practice and is a physician there, and has prepared everything. */
export const BOSS = 'Lin Wei'

const DAY = 86_400_000
const EVERYTHING: ShareInput['scopes'] = COLLECTIONS.filter((list) => list !== 'audit').map((collection) => ({
  collection,
  rights: ['read', 'append', 'amend', 'sign'],
}))

export interface RolesPractice {
  vault: Chart
  /** Lets a device in that shows its code; `matched` presses on that device that the words are the same. */
  enrolDevice(
    code: string,
    member: { name: string; roles: PracticeRole[] },
    matched: () => Promise<void>,
  ): Promise<void>
  /** What the members wrote is with whoever administers the practice. */
  synced(): Promise<void>
  close(): Promise<void>
}

export async function makeRolesPractice(server: string): Promise<RolesPractice> {
  const [desk, phone] = [createNodeDevice('Desk'), createNodeDevice('Phone')]
  const asked = { label: 'Account 1', passphrase: PASSPHRASE, server }
  const first = { name: 'Green Clinic', memberName: BOSS, roles: ['physician' as const] }
  let boss = (await desk.accountManager.createPractice({ ...asked, ...first })).session
  await confirmed(boss)
  const { code } = await boss.sharingCode()
  // One account at a time has its charts open: a process has room for few.
  await boss.lock()
  let home = (await phone.accountManager.create({ ...asked, name: PATIENTS.physician })).session
  await confirmed(home)
  const grantee = await home.readSharingCode(code)
  if ('type' in grantee) throw new Error(grantee.type)
  for (const name of [...Object.values(PATIENTS), HELD])
    await inOwnChart(home, name, (chart) => shareWith(chart, grantee, name))
  await home.lock()
  boss = await again(desk, boss)
  await boss.syncNow()
  const vault = await boss.practice!.open()
  for (const role of CARE_ROLES) await fill({ session: boss, practice: boss.practice!, vault }, PATIENTS[role])
  await boss.lock()
  home = await again(phone, home)
  await home.syncNow()
  for (const role of CARE_ROLES) await inOwnChart(home, PATIENTS[role], askForCorrection)
  await home.lock()
  boss = await again(desk, boss)
  const practice = boss.practice!
  const own = await practice.open()
  own.hold()
  return {
    vault: own,
    synced: () => confirmed(boss),
    async enrolDevice(shown, member, matched) {
      const answer = await practice.addMember(shown, member)
      if (answer.type !== 'pairing') throw new Error(JSON.stringify(answer))
      const compared = await answer.addition.revealed()
      if (compared.type !== 'compare') throw new Error(compared.type)
      await Promise.all([answer.addition.confirm(), matched()])
    },
    async close() {
      await boss.lock()
      for (const device of [desk, phone]) device.remove()
    },
  }
}

async function again({ accountManager }: NodeDevice, { slot }: Session): Promise<Session> {
  const entered = await accountManager.unlock(slot, PASSPHRASE)
  if (entered.type !== 'unlocked') throw new Error(entered.type)
  return entered.session
}

/** Opens a chart of the patients' account, makes it where it is not there, does the work and has it confirmed. */
async function inOwnChart(home: Session, name: string, work: (chart: Chart) => Promise<void>): Promise<void> {
  const charts = await until(home.charts$, (all) => all.length > 0)
  const known = charts.find((chart) => chart.name === name)
  const { slot } = known ?? (await home.createChart({ name, birthDate: BIRTH_DATE }))
  const chart = await home.openChart(slot)
  if (chart === null) throw new Error(`the chart of ${name} does not open`)
  const release = chart.hold()
  await confirmed(home)
  await work(chart)
  await confirmed(home)
  release()
}

/** With the whole practice and with every right; of the one that is for emergencies, for them alone. */
async function shareWith(chart: Chart, grantee: Grantee, name: string): Promise<void> {
  const common = { grantee, until: Date.now() + DAY, shown: { name, birthDate: BIRTH_DATE } }
  const outcome =
    name === HELD
      ? await chart.emergency.allow({
          ...common,
          collections: ['allergies'],
          durationMs: 3_600_000,
          purpose: 'Emergencies',
        })
      : await chart.share({ ...common, scopes: EVERYTHING, purpose: 'Care' })
  if (outcome.type !== 'in-force') throw new Error(outcome.type)
}

/** What {@link prepare} makes, and next to it: the second note signed by its author, a draft that waits, and a result that the patient has. */
async function fill(desk: Pick<AtWork, 'session' | 'practice' | 'vault'>, name: string): Promise<void> {
  const { session, practice, vault } = desk
  const charts = await until(session.charts$, (all) => all.some((one) => one.name === name && one.state === 'open'))
  const patient = charts.find((one) => one.name === name)!
  const chart = await session.openChart(patient.slot)
  if (chart === null) throw new Error(`the chart of ${name} does not open`)
  const release = chart.hold()
  const at = { ...desk, patient, chart }
  const { second, other } = await prepare(at)
  const problem = await signVersion(at, second, 'author')
  const draft = { ...EMPTY_NOTE, title: 'Unfinished', sections: { ...EMPTY_NOTE.sections, plan: 'To be written' } }
  const saved = await saveNote(at, draft, { chart: patient, visit: '', note: null }, 'preliminary')
  const [result] = resultsOf([other], new RecordViews())
  const released = await releaseResult(
    { practice, vault, result: result! },
    { chartSlot: patient.slot, comment: '', signs: true },
  )
  if (problem !== null || typeof saved === 'string' || released.type !== 'published')
    throw new Error(JSON.stringify([problem, saved, released]))
  await confirmed(session)
  release()
}

/** The patient asks to correct what the practice released. */
async function askForCorrection(chart: Chart): Promise<void> {
  const [record] = await until(chart.list$('labs'), (all) => all.length > 0)
  const resource = jsonObject(JSON.parse(record!.resource) as JsonObject)
  const person = resource['subject']
  if (!isJsonObject(person)) throw new Error('the result is about nobody')
  const { doc: id, revision, type } = record!
  const asked = newAmendment(
    { id, revision, type, list: 'labs' },
    { wrong: 'It was another day', should: 'Monday', at: new Date().toISOString(), person },
  )
  const saved = await chart.save({ collection: 'labs', resource: stringifyJson(asked!) })
  if (saved.type !== 'saved') throw new Error(saved.type)
}
