/** Signature records of somebody who may not sign (E6): refused where they are written, quarantined by every reader where they come all the same. */
import { newSignatureRecord, stringifyJson } from '@chartkeep/domain'
import { idText, textId } from '@chartkeep/protocol'
import { commitVersions, ContentSignatures, prepareVersion } from '@chartkeep/sync/testing'
import type { StoredRecord } from '@chartkeep/store'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  aside,
  createAttackWorld,
  forge,
  rowOf,
  save,
  share,
  shown,
  type AttackWorld,
  type Device,
} from '../support/attack-world.ts'
import { sendHostile } from '../support/hostile-person.ts'

let world: AttackWorld
let clinic: Device

beforeEach(async () => {
  world = await createAttackWorld(['notes'])
  await world.laptop.sync()
  clinic = await world.provider()
})
afterEach(() => world.close())

function signaturesAt({ machine, person }: Device): ContentSignatures {
  const me = idText(person.account)
  const author = (account: string, device: string) => ({
    account,
    device,
    member: '',
    name: account,
    me: account === me,
  })
  return new ContentSignatures({ machine, shown: machine.rows, people: { author }, signer: () => null })
}

/** Signs the effective version and sends it. */
async function signs(device: Device, row: StoredRecord): Promise<void> {
  const resource = await signaturesAt(device).make({ meaning: 'author' }, row)
  const prepared = prepareVersion(device.machine, { collection: 'notes', resource })
  if (prepared.type !== 'row') throw new Error(prepared.type)
  await commitVersions(device.machine, [prepared])
  expect((await device.sync()).type).toBe('synced')
}

const signature = () =>
  stringifyJson(
    newSignatureRecord({
      record: idText(new Uint8Array(16)),
      revision: idText(new Uint8Array(16)),
      type: 'Composition',
      meaning: 'author',
      at: 0,
      who: { identifier: { system: 'urn:chartkeep:member', value: 'x' } },
      data: 'AAAA',
    }),
  )

/** The grantee's device sends a signature record that an honest one would not write, and the owner's reads it. */
async function sendsSignature(): Promise<void> {
  const forged = await forge(clinic, world.stream('notes'), {}, { text: signature() })
  const pushed = await clinic.server.push(world.vault, [{ ...forged, body: forged.body!, proof: forged.proof! }])
  expect(pushed.type).toBe('ok')
  expect((await world.laptop.sync()).type).toBe('synced')
}

test('E6: with the right "append" alone a signature record is not written, and one that is sent is quarantined as "sign"', async () => {
  await share(world, clinic, { notes: ['read', 'append', 'amend'] })
  expect(prepareVersion(clinic.machine, { collection: 'notes', resource: signature() })).toEqual({ type: 'no-right' })
  await sendsSignature()
  expect(aside(world.laptop)).toEqual(['sign'])
  expect(shown(world.laptop, 'notes')).toEqual([])
  // The list continues, after a restart too.
  await world.laptop.reopen()
  expect((await world.laptop.sync()).type).toBe('synced')
  expect(aside(world.laptop)).toEqual(['sign'])
})

test('E6: with the right "sign" it is written and taken; owners have it', async () => {
  await share(world, clinic, { notes: ['read', 'append', 'sign'] })
  expect(prepareVersion(clinic.machine, { collection: 'notes', resource: signature() }).type).toBe('row')
  expect(prepareVersion(world.laptop.machine, { collection: 'notes', resource: signature() }).type).toBe('row')
  await sendsSignature()
  expect(aside(world.laptop)).toEqual([])
  expect(shown(world.laptop, 'notes')).toEqual([signature()])
})

test('N2, E1: a signature that another person brings for a record says who brought it, and takes no true one away under its name', async () => {
  const { laptop } = world
  const rights = { labs: ['read', 'append'], notes: ['read', 'append', 'sign'] } satisfies Parameters<typeof share>[2]
  await share(world, clinic, rights)
  const other = await world.provider()
  await share(world, other, rights)
  await save(clinic, 'labs', 'result')
  await signs(clinic, rowOf(clinic, 'result'))
  expect((await laptop.sync()).type).toBe('synced')
  const { doc, revision } = rowOf(laptop, 'result')
  const clinics = idText(clinic.person.account)
  expect(await signaturesAt(laptop).views()).toMatchObject([{ by: clinics, state: { type: 'holds' } }])

  const who = { identifier: { system: 'urn:chartkeep:account', value: clinics } }
  const form = { record: doc, revision, type: 'Observation', meaning: 'author', at: 0, who, data: 'AAAA' } as const
  const text = stringifyJson(newSignatureRecord(form))
  const carrying = rowOf(laptop, '"Provenance"')
  expect((await other.sync()).type).toBe('synced')
  await sendHostile(other, world.stream('notes'), [{ text, revision: textId(carrying.revision)! }])
  expect((await laptop.sync()).type).toBe('synced')
  const views = await signaturesAt(laptop).views()
  expect(views.map(({ by, state }) => [by, state.type]).toSorted()).toEqual(
    [
      [clinics, 'holds'],
      [idText(other.person.account), 'broken'],
    ].toSorted(),
  )
})
