/** The list of record types: what each object says of its type fits together. */
import {
  ALL_TYPES,
  collectionOf,
  describe as described,
  enteredInError,
  jsonObject,
  mayBelongTo,
  partsOf,
  typeOf,
} from '@chartkeep/domain'
import { expect, test } from 'vitest'

const written = ALL_TYPES.filter(({ schema }) => schema !== null)
const withForm = ALL_TYPES.filter(({ form }) => form !== null)

test('every type is in the list once, under its own name', () => {
  const names = ALL_TYPES.map(({ type }) => type)
  expect(new Set(names).size).toBe(names.length)
  for (const type of names) expect(partsOf(type).type).toBe(type)
})

test('a type that is not in the list is kept and shown by what most types have, whatever it is called', () => {
  for (const type of ['NutritionOrder', 'constructor', '__proto__', '']) {
    expect(partsOf(type)).toMatchObject({ type: '', list: 'other', schema: null, form: null, ips: null })
    const resource = jsonObject({ resourceType: type, code: { text: 'Low salt' }, status: 'active' })
    expect(described(resource)).toMatchObject({ collection: 'other', title: 'Low salt', status: 'active', detail: '' })
  }
})

test.each(written.map((one) => [one.type, one] as const))(
  'the schema of %s is that of its type, and so is what its form makes',
  (type, { schema, form }) => {
    expect(JSON.stringify(schema?.shape)).toContain(`"const":"${type}"`)
    if (form !== null) expect(typeOf(form.make(form.empty as never, 'Patient/1'))).toBe(type)
  },
)

test.each(withForm.map((one) => [one.type, one] as const))(
  'the form of %s names fields that it has, and a record it makes reads back as the same form',
  (type, { form, list }) => {
    if (form === null) throw new Error('no form')
    const fields = Object.keys(form.empty)
    const named = [...form.dates, ...Object.keys(form.numbers), ...(form.words === null ? [] : [form.words])]
    expect(fields).toEqual(expect.arrayContaining(named))
    const made = form.make(form.empty as never, 'Patient/1')
    const again = form.change(made, form.read(made) as never)
    expect(again).toEqual(made)
    if (typeof list === 'string') expect(collectionOf(made)).toBe(list)
    expect(mayBelongTo(made, collectionOf(made))).toBe(true)
    expect(partsOf(type).form).toBe(form)
  },
)

test('a section of an International Patient Summary has one code and one name, whichever type fills it', () => {
  const places = ALL_TYPES.flatMap(({ ips }) => ips?.sections ?? [])
  const different = new Set(places.map((place) => JSON.stringify(place)))
  for (const key of ['name', 'code', 'display'] as const)
    expect(new Set(places.map((place) => place[key])).size).toBe(different.size)
  for (const { code } of places) expect(code).toMatch(/^\d+-\d$/u)
})

test('what is entered in error says so in the element of its type, and types that cannot say so stay as they are', () => {
  for (const { type, status } of ALL_TYPES) {
    const resource = jsonObject({ resourceType: type })
    const marked = enteredInError(resource, '')
    if (status.error === null) expect(marked, type).toBe(resource)
    else expect(described(marked).status, type).toBe('error')
  }
})
