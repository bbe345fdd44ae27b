/** Signature records of somebody who may not sign (E6): refused where they are written, put aside by every reader where they come all the same. */
import { newSignatureRecord, stringifyJson } from '@chartkeep/domain'
import { idText } from '@chartkeep/protocol'
import { prepareVersion } from '@chartkeep/sync'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  aside,
  createAttackWorld,
  forge,
  share,
  shown,
  type AttackWorld,
  type Device,
} from '../support/attack-world.ts'

let world: AttackWorld
let clinic: Device

beforeEach(async () => {
  world = await createAttackWorld(['notes'])
  await world.laptop.sync()
  clinic = await world.provider()
})
afterEach(() => world.close())

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

test('E6: with the right "append" alone a signature record is not written, and one that is sent is put aside as "sign"', async () => {
  await share(world, clinic, { notes: ['read', 'append', 'amend'] })
  expect(prepareVersion(clinic.machine, { collection: 'notes', resource: signature() })).toEqual({ type: 'no-right' })
  await sendsSignature()
  expect(aside(world.laptop)).toEqual(['sign'])
  expect(shown(world.laptop, 'notes')).toEqual([])
  // The list goes on, after a restart too.
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
