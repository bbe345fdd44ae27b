/**
 * C12, C14: the table of actions in docs/roles.md in Chromium with the real server: a practice with a member for each role, each at a browser of their
 * own, who tries every action. What the screen lets them do is what the page says, and where it lets them not, it says who does it.
 */
import { en } from '@chartkeep/app/src/i18n/en/index.ts'
import { PRACTICE_ACTIONS, PRACTICE_ROLES, type PracticeAction, type PracticeRole } from '@chartkeep/domain'
import { firstValueFrom } from 'rxjs'
import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest'
import { chooseDevicePassphrase, waitForSync } from '../support/app-actions.ts'
import { createPictureBook } from '../support/app-pictures.ts'
import { openWorld, type World } from '../support/app-world.ts'
import { offeredByPlus, patientOf, TRIALS, tryAction } from '../support/actions-on-screen.ts'
import { rolesTable } from '../support/roles-page.ts'
import { makeRolesPractice, type RolesPractice } from '../support/roles-practice.ts'

const NAMES: Record<PracticeRole, string> = {
  physician: 'Wu Ling',
  nurse: 'Ng Bo',
  scribe: 'Su An',
  auditor: 'Au Yan',
  admin: 'Ho Fai',
}
/** Those who work with patients first: what they confirm and begin, the others find. */
const ROLES: readonly PracticeRole[] = ['physician', 'nurse', 'scribe', 'auditor', 'admin']

/** Sentences that are looked at, in both languages. */
const LOOKED_AT: Partial<Record<PracticeRole, readonly PracticeAction[]>> = {
  nurse: ['co-sign-note', 'approve-plan'],
  scribe: ['sign-note', 'lock-visit', 'release-result'],
  auditor: ['administer-members', 'sign-note'],
}

let world: World
let practice: RolesPractice
const book = createPictureBook()
/** The page: each action with the roles that may do it. */
const [, ...rows] = rolesTable('Actions')
const rolesWhere = (cells: readonly string[], holds: (cell: string) => boolean) =>
  PRACTICE_ROLES.filter((_, at) => holds(cells[at] ?? ''))
const page = new Map(rows.map(([action, ...cells]) => [action, rolesWhere(cells, (cell) => cell === 'yes')]))
/** The same: each list of the practice's vault with the roles that add to it. */
const lists = new Map(
  rolesTable('The vault of the practice').map(([list, ...cells]) => [
    list,
    rolesWhere(cells, (cell) => cell.includes('append')),
  ]),
)

beforeAll(async () => {
  world = await openWorld({ keepsShell: false, hasPrograms: true })
  practice = await makeRolesPractice(world.server.address)
}, 400_000)
afterAll(async () => {
  await practice?.close()
  await world?.close()
})

test('C12: each action of the page has a way to be tried on the screen, and no other', () => {
  expect([...page.keys()]).toEqual(PRACTICE_ACTIONS)
  expect(Object.keys(TRIALS).toSorted()).toEqual(PRACTICE_ACTIONS.toSorted())
  expect(ROLES.toSorted()).toEqual(PRACTICE_ROLES.toSorted())
})

test.each(ROLES)(
  'C12, C14: on the screen %s does what the page of roles says, and is told who does the rest',
  async (role) => {
    onTestFailed(async () => {
      console.error(book.faults.join('\n'))
      await world.showFailure()
    })
    const device = await world.device(role)
    const name = NAMES[role]
    const { page: screen } = device
    await screen.getByRole('link', { name: en.welcome.workGo }).click()
    await screen.getByRole('link', { name: en.joining.invited }).click()
    await screen.getByLabel('Name for the unlock screen').fill('Practice')
    await chooseDevicePassphrase(screen)
    await screen.getByRole('button', { name: 'Show the code' }).click()
    const code = await screen.getByTestId('pairing-code').inputValue()
    await practice.enrolDevice(code, { name, roles: [role] }, async () => {
      await screen.getByRole('button', { name: 'The words match' }).click()
    })
    await screen.getByRole('button', { name: new RegExp(`${name}.*This device, settings and lock`, 'su') }).waitFor()
    const outcomes: Partial<Record<PracticeAction, string>> = {}
    const wanted: typeof outcomes = {}
    for (const action of PRACTICE_ACTIONS) {
      const may = page.get(action) ?? []
      wanted[action] = may.includes(role) ? 'done' : 'told'
      // What neither could be done nor was told is in the comparison next to the rest of the table.
      outcomes[action] = await tryAction({ page: screen, name, patient: patientOf(role) }, action, may).catch(
        (error: Error) => `neither: ${error.message}`,
      )
      if (LOOKED_AT[role]?.includes(action)) await book.takeBoth(screen, `role-${role}-${action}`)
    }
    expect(outcomes).toEqual(wanted)
    const patient = patientOf(role)
    if (patient !== null) {
      const { offered, told } = await offeredByPlus({ page: screen, name, patient })
      const withheld = (['labs', 'plans'] as const).filter((list) => !lists.get(list)?.includes(role))
      const words = { labs: en.clinic.add.results, plans: en.clinic.add.plans }
      expect(offered).toEqual(
        Object.values(en.clinic.add).filter((word) => !withheld.some((list) => words[list] === word)),
      )
      expect(told).toBe(withheld.length)
    }
    // It stands for everybody: none of it is quarantined by whoever reads it.
    await waitForSync(screen, /Saved and synced/u)
    await practice.synced()
    expect(await firstValueFrom(practice.vault.quarantine$)).toEqual([])
    expect(device.faults).toEqual([])
    await device.stop()
  },
)

test('UX 8: the sentences pass axe and the plain rules', () => {
  expect(book.faults.join('\n')).toBe('')
})
