/**
 * C12: every role and every right of the table, straight to the server's interface with the keys of that role's own device: allowed or refused as
 * docs/roles.md says. What is asked through the app is in the journeys.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  CARE_ROLES,
  COLLECTIONS,
  mayDoInPractice,
  mayInPractice,
  PRACTICE_ROLES,
  rightsInChart,
  type Collection,
  type ListRight,
  type PracticeRole,
} from '@chartkeep/domain'
import { READ } from '@chartkeep/protocol'
import { applyControlEntry, type ControlEntry } from '@chartkeep/protocol/control'
import { putBlob, testBlob, type Uploader } from '../../support/blob-author.ts'
import { type Device, type Person, signAccountBody } from '../../support/protocol-people.ts'
import { memberAddedBody, memberChangedBody, memberRemovedBody } from '../../support/protocol-practice.ts'
import type { Sealed } from '../../support/protocol-stream.ts'
import { controlBody, grantParts, lookupOf, signControlBody, type Vault } from '../../support/protocol-vault.ts'
import { createRoleWorld, GIVEN, Hands, postAccount, type RoleWorld } from '../../support/role-world.ts'
import { errorOf } from '../../support/server-world.ts'

let world: RoleWorld
let hands: Hands

beforeAll(async () => {
  world = await createRoleWorld()
  hands = new Hands(world)
})
afterAll(() => world.close())

/** Lists with different rights for the roles. */
const FILE_LISTS: readonly Collection[] = ['documents', 'labs', 'notes', 'plans', 'allergies']

/** A person's account as who uploads from one of its devices. */
function accountOf({ state }: Person, device: Device): Uploader {
  return { id: state.account, state, device }
}

type Answers = Record<string, boolean>

/** What the server lets a role do on each list of a vault; `standing`: a record of each list that the practice wrote. */
async function answersOf(
  role: PracticeRole,
  vault: Vault,
  sealedOf: ReadonlyMap<Collection, Sealed>,
): Promise<Answers> {
  const session = await world.session(role)
  const by = { person: world.practice, device: world.device(role) }
  const answers: Answers = {}
  for (const list of COLLECTIONS) {
    answers[`read ${list}`] = await hands.mayRead(session, vault, list)
    answers[`append ${list}`] = (await hands.push(session, vault, list, by)).refused === null
    const over = sealedOf.get(list)
    if (over !== undefined)
      answers[`amend ${list}`] = (await hands.push(session, vault, list, by, over)).refused === null
  }
  return answers
}

function wanted(may: (list: Collection, right: ListRight) => boolean, amended: Iterable<Collection>): Answers {
  const answers: Answers = {}
  for (const list of COLLECTIONS) {
    answers[`read ${list}`] = may(list, 'read')
    answers[`append ${list}`] = may(list, 'append')
  }
  for (const list of amended) answers[`amend ${list}`] = may(list, 'amend')
  return answers
}

describe('C12: the practice’s own vault', () => {
  test.each(PRACTICE_ROLES)(
    'C12: %s reads, appends and amends there as the table of roles says, and nothing else',
    async (role) => {
      const admin = await world.session('admin')
      const by = { person: world.practice, device: world.practice.device }
      const sealedOf = new Map<Collection, Sealed>()
      for (const list of COLLECTIONS) {
        const { sealed, refused } = await hands.push(admin, world.own, list, by)
        expect(refused, list).toBeNull()
        if (list !== 'audit') sealedOf.set(list, sealed)
      }
      // An audit log only grows, also for whoever owns it.
      const may = (list: Collection, right: ListRight) => mayInPractice([role], list, right)
      expect(await answersOf(role, world.own, sealedOf)).toEqual(wanted(may, sealedOf.keys()))
    },
  )
})

describe('C12: a patient’s chart', () => {
  test.each(PRACTICE_ROLES)(
    'C12: %s may there what the patient gave the practice, as far as the role goes',
    async (role) => {
      const physician = await world.session('physician')
      const by = { person: world.practice, device: world.device('physician') }
      const sealedOf = new Map<Collection, Sealed>()
      for (const [list, rights] of Object.entries(GIVEN)) {
        if (!rights.includes('append')) continue
        const { sealed, refused } = await hands.push(physician, world.chart, list as Collection, by)
        expect(refused).toBeNull()
        sealedOf.set(list as Collection, sealed)
      }
      const care = CARE_ROLES.find((each) => each === role)
      const may = (list: Collection, right: ListRight) =>
        care !== undefined && rightsInChart(care, list, GIVEN[list] ?? []).includes(right)
      expect(await answersOf(role, world.chart, sealedOf)).toEqual(wanted(may, sealedOf.keys()))
    },
  )
})

describe('C12, C6: pieces of files', () => {
  test.each(PRACTICE_ROLES)(
    'C12, C6: %s puts and gets them where it may append and read, and nowhere else',
    async (role) => {
      const { server, practice, patient, own, chart } = world
      const session = await world.session(role)
      const by = accountOf(practice, world.device(role))
      const care = CARE_ROLES.find((each) => each === role)
      const mayInChart = (list: Collection, right: ListRight) =>
        care !== undefined && rightsInChart(care, list, GIVEN[list] ?? []).includes(right)
      const places = [
        {
          vault: own,
          owner: practice,
          may: (list: Collection, right: ListRight) => mayInPractice([role], list, right),
        },
        { vault: chart, owner: patient, may: mayInChart },
      ]
      for (const { vault, owner, may } of places)
        for (const list of FILE_LISTS) {
          const stream = world.streamOf(vault, list)
          const refused = await putBlob(server.core, session, by, testBlob(vault.id, stream))
          expect(refused === null, `${role} puts into ${list}`).toBe(may(list, 'append'))
          const theirs = testBlob(vault.id, stream)
          const holder = await world.signIn(owner, owner.device)
          expect(await putBlob(server.core, holder, accountOf(owner, owner.device), theirs)).toBeNull()
          const found = await server.core.findBlob(session, vault.id, stream, theirs.blob)
          expect('link' in found, `${role} finds in ${list}`).toBe(may(list, 'read'))
          if (!('link' in found)) continue
          const got = await server.core.getChunk(found.link, 0)
          expect('chunk' in got && got.chunk).toEqual(theirs.chunks[0])
          // A link is of its device, and opens nothing else: not to put where there is only reading.
          expect(await server.core.putChunk(found.link, 0, theirs.chunks[0]!)).not.toBeNull()
        }
    },
  )
})

describe('C12: administering', () => {
  // Administrators last: theirs is the one that moves the log.
  test.each(PRACTICE_ROLES.toReversed())(
    'C12: %s adds, changes and removes members only as the table of actions says',
    async (role) => {
      const { practice } = world
      const session = await world.session(role)
      const device = world.device(role)
      const scribe = practice.seats.find(({ roles }) => roles[0] === 'scribe')!
      const may = mayDoInPractice([role], 'administer-members')
      const bodies = [
        memberAddedBody(practice, ['admin'], device).body,
        memberChangedBody(practice, scribe, ['admin', 'scribe'], device).body,
        memberRemovedBody(practice, scribe, device).body,
      ]
      for (const body of bodies) {
        const entry = await signAccountBody(body, device)
        const refused = may ? null : await postAccount(world, session, entry)
        expect(refused, `${role}: ${body.type}`).toBe(may ? null : 'refused')
      }
      if (may) expect(await postAccount(world, session, await signAccountBody(bodies[0]!, device))).toBeNull()
    },
  )

  test.each(PRACTICE_ROLES)(
    'C12: %s writes into the control log of the practice’s vault only as its administrator',
    async (role) => {
      const { practice, own } = world
      const session = await world.session(role)
      const device = world.device(role)
      const scopes = [{ stream: world.streamOf(own, 'notes'), rights: READ }]
      const { body, parts } = grantParts(own, {
        grantee: practice,
        role: 'scribe',
        scopes,
        notAfter: 4_000_000_000_000,
      })
      const entry: ControlEntry = await signControlBody(
        { ...controlBody(own, body, parts), device: device.id },
        device,
        parts,
      )
      const outcome = await applyControlEntry(own.state, entry, lookupOf(practice))
      const isAdmin = role === 'admin'
      expect('type' in outcome ? outcome.reason : 'taken', 'every reader').toBe(isAdmin ? 'taken' : 'not-an-admin')
      if (isAdmin) return
      // The same answer as for a vault that is not there, or that it may not administer.
      const refused = errorOf(await world.server.core.postControl(session, own.id, { entries: [entry] }))
      expect(['no-right', 'not-found']).toContain(refused)
    },
  )
})
