/**
 * A device in or on the person: an implant such as a pacemaker or a new hip (https://hl7.org/fhir/R4/device.html). R4 has no element for the day on
 * which it was put in; an extension of ours holds it. In an IPS the entry is a DeviceUseStatement around the Device, as its section asks.
 */
import { Type } from 'typebox'
import {
  changesFrom,
  choiceIn,
  type CodeChoice,
  concept,
  dateAt,
  extensionText,
  given,
  list,
  notes,
  noteText,
  overlaid,
  personReference,
  when,
  without,
} from '../builders/elements-written.ts'
import type { Collection } from '../elements/collection-names.ts'
import { conceptText, objectAt, objectsAt, stringAt } from '../elements/elements.ts'
import { isJsonObject, jsonObject, type JsonObject, type JsonValue } from '../elements/json.ts'
import { Annotation, CodeableConcept, Extension, Line, RecordBase, Reference } from '../schemas/data-types.ts'
import { absent, type Elements } from '../record-type/ips.ts'
import { ONGOING, type RecordForm, recordType } from '../record-type/record-type.ts'
import { titled } from '../record-type/title-words.ts'

const IMPLANTED_ON = 'urn:chartkeep:extension:implanted-on'

/** What the form of a device holds; '' means not given. */
export interface DeviceForm {
  name: string
  code: CodeChoice | null
  status: '' | 'active' | 'inactive' | 'unknown'
  /** A date in any precision. */
  implantedOn: string
  maker: string
  model: string
  serial: string
  lot: string
  /** As printed on the card of the implant, with its brackets. */
  udi: string
  note: string
}

const EMPTY: DeviceForm = {
  name: '',
  code: null,
  status: '',
  implantedOn: '',
  maker: '',
  model: '',
  serial: '',
  lot: '',
  udi: '',
  note: '',
}

const Device = Type.Object({
  ...RecordBase,
  resourceType: Type.Literal('Device'),
  status: Type.Optional(Type.Enum(['active', 'inactive', 'entered-in-error', 'unknown'])),
  type: Type.Optional(CodeableConcept),
  udiCarrier: Type.Optional(
    Type.Array(Type.Object({ deviceIdentifier: Type.Optional(Line), carrierHRF: Type.Optional(Line) })),
  ),
  manufacturer: Type.Optional(Line),
  modelNumber: Type.Optional(Line),
  serialNumber: Type.Optional(Line),
  lotNumber: Type.Optional(Line),
  patient: Reference,
  note: Type.Optional(Type.Array(Annotation)),
  extension: Type.Optional(Type.Array(Extension)),
})

export const deviceType = recordType({
  type: 'Device',
  list: { of: deviceList, isBound: () => false },
  schema: { shape: Device, invariants: [] },
  title: titled(['deviceName', 'name'], ['type']),
  code: [],
  date: { elements: [], ends: [], otherwise: implantedOn },
  status: { ...ONGOING, isMarkedInLists: true },
  extent: null,
  value: null,
  detail: (resource) =>
    [stringAt(resource, 'manufacturer'), stringAt(resource, 'modelNumber')].filter(Boolean).join(' '),
  search: [
    ['udiCarrier', 'carrierHRF'],
    ['udiCarrier', 'deviceIdentifier'],
    ['manufacturer'],
    ['modelNumber'],
    ['serialNumber'],
    ['type', 'text'],
  ],
  disputed: ['udiCarrier', 'serialNumber', 'lotNumber'],
  toldApart: null,
  mayHoldAllergen: true,
  mayBeAmended: true,
  ips: {
    sections: [{ name: 'devices', code: '46264-8', display: 'History of medical device use' }],
    completed: (record, section) => (section === null ? record : useOf(record)),
  },
  form: {
    empty: EMPTY,
    read: deviceForm,
    make: (form, patient) =>
      written(overlaid(null, { resourceType: 'Device', patient: personReference(patient) }), form, null),
    change: (previous, form) => written(previous, form, deviceForm(previous)),
    dates: ['implantedOn'],
    numbers: {},
    words: 'name',
  } satisfies RecordForm<DeviceForm>,
})

/**
 * A Device of no person is a program or a machine that a file names: no implant. What stays of a record that moved to another list
 * (moved-away.ts) says nothing but its type.
 */
function deviceList(resource: unknown): Collection {
  const isMarker =
    isJsonObject(resource) && Object.keys(resource).every((key) => key === 'resourceType' || key === 'meta')
  return isMarker || objectAt(resource, 'patient') !== null ? 'conditions' : 'other'
}

function deviceForm(resource: JsonObject): DeviceForm {
  return {
    name: conceptText(resource, 'type') || stringAt(resource, 'deviceName', 'name'),
    code: choiceIn(resource, 'type'),
    status: stringAt(resource, 'status') as DeviceForm['status'],
    implantedOn: implantedOn(resource),
    maker: stringAt(resource, 'manufacturer'),
    model: stringAt(resource, 'modelNumber'),
    serial: stringAt(resource, 'serialNumber'),
    lot: stringAt(resource, 'lotNumber'),
    udi: udiOf(resource),
    note: noteText(resource),
  }
}

function implantedOn(resource: unknown): string {
  const day = extensionText(resource, IMPLANTED_ON)
  return dateAt({ day }, 'day')
}

/** The first UDI, as printed, else its part that names the model. */
function udiOf(resource: unknown): string {
  const [first] = objectsAt(resource, 'udiCarrier')
  return stringAt(first, 'carrierHRF') || stringAt(first, 'deviceIdentifier')
}

function written(previous: JsonObject, form: DeviceForm, before: DeviceForm | null): JsonObject {
  const changed = changesFrom(before, form)
  return overlaid(previous, {
    ...when(changed('status'), () => ({ status: given(form.status) })),
    ...when(changed('name', 'code'), () => ({ type: concept(form.name, form.code) })),
    ...when(changed('udi'), () => ({ udiCarrier: carriers(previous, form.udi) })),
    ...when(changed('maker'), () => ({ manufacturer: given(form.maker) })),
    ...when(changed('model'), () => ({ modelNumber: given(form.model) })),
    ...when(changed('serial'), () => ({ serialNumber: given(form.serial) })),
    ...when(changed('lot'), () => ({ lotNumber: given(form.lot) })),
    ...when(changed('implantedOn'), () => ({ extension: withDay(previous, form.implantedOn) })),
    ...when(changed('note'), () => ({ note: notes(previous, form.note) })),
  })
}

/** The first carrier with another UDI: nothing else of the old one is true of it. */
function carriers(previous: JsonObject, udi: string): JsonValue[] | undefined {
  const [, ...others] = objectsAt(previous, 'udiCarrier')
  const carrierHRF = given(udi)
  // GS1 writes the part that names the model behind (01), in 14 digits.
  const deviceIdentifier = /^\(01\)(\d{14})/u.exec(udi.trim())?.[1]
  return list([...(carrierHRF === undefined ? [] : [jsonObject({ deviceIdentifier, carrierHRF })]), ...others])
}

function withDay(previous: JsonObject, day: string): JsonValue[] | undefined {
  const others = without(previous, 'extension', ({ url }) => url === IMPLANTED_ON)
  const valueDate = given(day)
  return list([...others, ...(valueDate === undefined ? [] : [jsonObject({ url: IMPLANTED_ON, valueDate })])])
}

/** IPS 2.0, section Medical Devices: that the person uses the device, and since when. */
function useOf({ id, patient, ...device }: Elements): Elements {
  const day = implantedOn(device)
  const status = { active: 'active', inactive: 'completed' }[stringAt(device, 'status')]
  return {
    resourceType: 'DeviceUseStatement',
    id,
    contained: [jsonObject({ ...device, resourceType: 'Device', id: 'device', patient: patient ?? absent() })],
    ...(status === undefined ? { _status: absent() } : { status }),
    subject: patient ?? absent(),
    ...(day === '' ? { _timingDateTime: absent() } : { timingDateTime: day }),
    device: jsonObject({ reference: '#device' }),
  }
}
