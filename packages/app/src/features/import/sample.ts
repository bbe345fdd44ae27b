/**
 * The sample family and their doctor (`npm start -- --demo`): the ordinary account, import and sharing code of this browser, on a
 * synthetic patient. Nothing is faked: two accounts, two stores, one server.
 */
import type { AccountManager, Session } from '@chartkeep/sync'
import { filter, firstValueFrom } from 'rxjs'
import { markSample, SAMPLE_LABELS, SAMPLE_PASSPHRASE } from '../../app/people/sample-account.ts'
import { readFile, writeRecords } from './import-run.ts'

const FAMILY = { label: SAMPLE_LABELS.family, name: 'Fletcher Hyatt' }
const DOCTOR = { label: SAMPLE_LABELS.doctor, name: 'Dr. Rosa Lin' }
const SAMPLE_FILE = 'fletcher-hyatt.json.gz'
const SHARED = ['profile', 'allergies', 'medications', 'labs', 'conditions', 'vitals']
const TWO_DAYS_MS = 48 * 60 * 60_000

async function openAccount(
  accountManager: AccountManager,
  server: string,
  { label, name }: { label: string; name: string },
): Promise<{ session: Session; isNew: boolean }> {
  const known = (await accountManager.accounts()).find((account) => account.label === label)
  if (known === undefined) {
    const { session } = await accountManager.create({ label, name, passphrase: SAMPLE_PASSPHRASE, server })
    await markSample(session)
    return { session, isNew: true }
  }
  const unlocked = await accountManager.unlock(known.slot, SAMPLE_PASSPHRASE)
  if (unlocked.type !== 'unlocked') throw new Error(`the sample account did not open: ${unlocked.type}`)
  return { session: unlocked.session, isNew: false }
}

/** The family's account, made with its chart where it is not there yet. */
export async function openFamily(accountManager: AccountManager, server: string): Promise<Session> {
  const { session, isNew } = await openAccount(accountManager, server, FAMILY)
  if (isNew) await importSample(session)
  return session
}

async function importSample(session: Session): Promise<void> {
  const chart = await ownChart(session)
  const response = await fetch(`/sample/${SAMPLE_FILE}`)
  if (!response.ok) throw new Error('the sample chart is not on this server')
  const file = new File([await response.blob()], SAMPLE_FILE, { type: 'application/gzip' })
  const { signal } = new AbortController()
  const read = await readFile(file, signal, () => {})
  if (read === null) return
  await writeRecords(chart, read, read.people.patients[0] ?? null, signal, () => {})
}

async function ownChart(session: Session) {
  const charts = await firstValueFrom(
    session.charts$.pipe(filter((all) => all.some((chart) => chart.relation === 'own'))),
  )
  const chart = await session.openChart(charts.find(({ relation }) => relation === 'own')!.slot)
  if (chart === null) throw new Error('the sample chart did not open')
  return chart
}

/** The doctor's account, with the family's chart shared to it for two days. */
export async function openDoctor(accountManager: AccountManager, server: string): Promise<Session> {
  const { session: doctor, isNew } = await openAccount(accountManager, server, DOCTOR)
  if (!isNew) return doctor
  await doctor.syncNow()
  const family = await openFamily(accountManager, server)
  try {
    await family.syncNow()
    const grantee = await family.readSharingCode((await doctor.sharingCode()).code)
    if ('type' in grantee) throw new Error(`the sample doctor's code was not taken: ${grantee.type}`)
    await (
      await ownChart(family)
    ).share({
      grantee,
      scopes: SHARED.map((collection) => ({
        collection,
        rights: collection === 'labs' ? ['read', 'append'] : ['read'],
      })),
      until: Date.now() + TWO_DAYS_MS,
      purpose: 'visit',
      shown: { name: FAMILY.name, birthDate: '' },
    })
    await family.syncNow()
  } finally {
    await family.lock()
  }
  await doctor.syncNow()
  return doctor
}
