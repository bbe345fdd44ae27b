/** Implants: what the form writes and keeps, where they are, what lists and search find of them. */
import {
  checkResource,
  collectionOf,
  describe as described,
  jsonObject,
  movedAway,
  type JsonObject,
  parseJsonObject,
  RECORD_TYPES,
  searchStrings,
  stringifyJson,
} from '@chartkeep/domain'
import { expect, test } from 'vitest'

const FORM = RECORD_TYPES.Device.form
const PACEMAKER = {
  ...FORM.empty,
  name: 'Pacemaker',
  status: 'active' as const,
  implantedOn: '2019-03',
  maker: 'Abbott',
  model: 'PM2272',
  serial: '7711234',
  lot: 'L-9',
  udi: '(01)05414734509565(21)7711234',
  note: 'Left side',
}

test('Device: the form writes FHIR that passes the schema, and reads back what was typed', () => {
  const resource = FORM.make(PACEMAKER, 'Patient/1')
  expect(checkResource(resource)).toEqual([])
  expect(JSON.parse(stringifyJson(resource))).toEqual({
    resourceType: 'Device',
    patient: { reference: 'Patient/1' },
    status: 'active',
    type: { text: 'Pacemaker' },
    udiCarrier: [{ deviceIdentifier: '05414734509565', carrierHRF: '(01)05414734509565(21)7711234' }],
    manufacturer: 'Abbott',
    modelNumber: 'PM2272',
    serialNumber: '7711234',
    lotNumber: 'L-9',
    extension: [{ url: 'urn:chartkeep:extension:implanted-on', valueDate: '2019-03' }],
    note: [{ text: 'Left side' }],
  })
  expect(FORM.read(resource)).toEqual(PACEMAKER)
})

test('Device: it is with the conditions, dated by its implantation, and search finds every number of it', () => {
  const resource = FORM.make(PACEMAKER, 'Patient/1')
  expect(collectionOf(resource)).toBe('conditions')
  expect(described(resource)).toMatchObject({
    title: 'Pacemaker',
    date: '2019-03',
    status: 'active',
    detail: 'Abbott PM2272',
  })
  expect(searchStrings('Pacemaker', resource)).toEqual(
    expect.arrayContaining(['Abbott', 'PM2272', '7711234', 'L-9', '05414734509565']),
  )
  expect(described(FORM.make({ ...PACEMAKER, status: 'inactive' }, 'Patient/1')).status).toBe('past')
})

const imported = parseJsonObject(
  '{"resourceType":"Device","id":"d","status":"active","deviceName":[{"name":"Coronary stent","type":"user-friendly-name"}],"udiCarrier":[{"deviceIdentifier":"0844588003288","jurisdiction":"http://hl7.org/fhir/NamingSystem/fda-udi"},{"deviceIdentifier":"2"}],"manufactureDate":"2015-08-08","patient":{"reference":"Patient/9"},"safety":[{"text":"MR conditional"}]}',
) as JsonObject

test('Device: what is of no person is a program or a machine, and is with the other records', () => {
  const program = jsonObject({ resourceType: 'Device', deviceName: [{ name: 'Hospital system', type: 'other' }] })
  expect(collectionOf(program)).toBe('other')
  expect(movedAway(program)).not.toBeNull()
  // A marker is where its record was.
  for (const record of [program, FORM.make(PACEMAKER, 'Patient/1')])
    expect(collectionOf(movedAway(record))).toBe(collectionOf(record))
})

test('Device: a correction of an imported one changes what was typed, and keeps every other element and UDI', () => {
  const form = FORM.read(imported)
  expect(form).toMatchObject({ name: 'Coronary stent', udi: '0844588003288', implantedOn: '' })
  expect(FORM.change(imported, form)).toEqual(imported)
  const changed = FORM.change(imported, { ...form, udi: '(17)250101', serial: '12' })
  expect(changed).toEqual(
    jsonObject({
      ...imported,
      udiCarrier: [{ carrierHRF: '(17)250101' }, { deviceIdentifier: '2' }],
      serialNumber: '12',
    }),
  )
  expect(described(imported)).toMatchObject({ title: 'Coronary stent', date: '' })
})

test('Device: a day in an extension of others, or words in ours, is no day of implantation', () => {
  const other = jsonObject({
    ...imported,
    extension: [{ url: 'https://example.org/checked', valueDate: '2020-01-01' }],
  })
  expect(described(other).date).toBe('')
  const words = jsonObject({
    ...imported,
    extension: [{ url: 'urn:chartkeep:extension:implanted-on', valueDate: 'last spring' }],
  })
  expect(described(words).date).toBe('')
})
