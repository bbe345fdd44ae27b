/**
 * FHIR XML (https://hl7.org/fhir/R4/xml.html) as FHIR JSON. Which elements are lists, booleans and numbers comes from a
 * table of R4 (fhir-shape.ts); elements of other versions are read by their own shape. Numbers keep their digits.
 */
import { jsonObject, JsonNumber, type JsonObject, type JsonValue } from '@chartkeep/domain'
import type { XmlElement } from '../xml/xml.ts'
import { FHIR_SHAPE } from './fhir-shape.ts'

interface Shape {
  isList: boolean
  kind: 'boolean' | 'number' | 'text'
  type: string
}

let shapes: Map<string, ReadonlyMap<string, Shape>> | null = null

function shapeOf(type: string): ReadonlyMap<string, Shape> | undefined {
  shapes ??= new Map(
    FHIR_SHAPE.split('\n').map((line) => {
      const [name = '', ...elements] = line.split(' ')
      return [name, new Map(elements.map(elementShape))]
    }),
  )
  return shapes.get(type)
}

function elementShape(text: string): [string, Shape] {
  const [, name = '', list, mark, type = ''] = /^(\w+)(\*?)(?:([?#])|:(\w+))?$/u.exec(text) ?? []
  return [name, { isList: list === '*', kind: mark === '?' ? 'boolean' : mark === '#' ? 'number' : 'text', type }]
}

/** Elements that every type may have. */
const COMMON: ReadonlyMap<string, Shape> = new Map([
  ['extension', { isList: true, kind: 'text', type: 'Extension' }],
  ['modifierExtension', { isList: true, kind: 'text', type: 'Extension' }],
  ['contained', { isList: true, kind: 'text', type: '' }],
  ['meta', { isList: false, kind: 'text', type: 'Meta' }],
])

/** Lists and data types of elements that R4 has no longer, or not yet. */
const OTHER_LISTS = new Set(
  'coding reasonNotGiven vaccinationProtocol careProvider related reasonNotTaken targetDisease participant item event'.split(
    ' ',
  ),
)

/** The resource; null where the element is none. Never throws for a tree that {@link readXml} gave. */
export function resourceOfXml(element: XmlElement): JsonObject | null {
  if (!/^[A-Z][A-Za-z]{1,63}$/u.test(element.name)) return null
  return jsonObject({ resourceType: element.name, ...objectOf(element, element.name) })
}

/** The data type of an element that the table does not have, by what is in it. */
function guessedType(element: XmlElement): string {
  const names = new Set(element.children.flatMap((child) => (typeof child === 'string' ? [] : [child.name])))
  if (names.has('coding')) return 'CodeableConcept'
  if (names.has('reference')) return 'Reference'
  if (names.has('numerator')) return 'Ratio'
  if (names.has('low') || names.has('high')) return 'Range'
  if (names.has('value') && (names.has('unit') || names.has('code'))) return 'Quantity'
  if (names.has('start') || names.has('end')) return 'Period'
  return ''
}

function objectOf(element: XmlElement, type: string): JsonObject {
  const shape = shapeOf(type)
  const out: { [key: string]: JsonValue } = {}
  const beside: { [key: string]: JsonValue[] } = {}
  for (const name of ['id', 'url']) {
    const value = element.attributes[name]
    if (value !== undefined) out[name] = value
  }
  for (const child of element.children) {
    if (typeof child === 'string') continue
    const { name } = child
    const known = shape?.get(name) ?? COMMON.get(name)
    if (name === 'div') {
      out[name] = htmlOf(child)
      continue
    }
    const { value, more } = valueOf(child, known)
    const isList = known?.isList ?? (OTHER_LISTS.has(name) || name in out)
    if (!isList) {
      if (value !== undefined) out[name] = value
      if (more !== undefined) out[`_${name}`] = more
      continue
    }
    const before = out[name]
    const list = before === undefined ? [] : Array.isArray(before) ? before : [before]
    const extra = (beside[name] ??= list.map(() => null))
    out[name] = [...list, value ?? null]
    extra.push(more ?? null)
  }
  for (const [name, extra] of Object.entries(beside)) {
    if (extra.some((each) => each !== null)) out[`_${name}`] = extra
    const list = out[name]
    if (Array.isArray(list) && list.every((each) => each === null)) delete out[name]
  }
  return jsonObject(out)
}

/** The value of an element, and what belongs to a primitive besides its value (`id`, `extension`). */
function valueOf(element: XmlElement, known: Shape | undefined): { value?: JsonValue; more?: JsonObject } {
  const children = element.children.filter((child): child is XmlElement => typeof child !== 'string')
  const only = children[0]
  // A resource has an element of its own: `resource`, `contained`, `outcome`.
  if (children.length === 1 && only !== undefined && /^[A-Z]/u.test(only.name)) {
    const resource = resourceOfXml(only)
    if (resource !== null) return { value: resource }
  }
  const written = element.attributes['value']
  const isPrimitive = written !== undefined || (known !== undefined && known.type === '' && known.kind !== 'text')
  const hasOnlyExtensions = children.every(({ name }) => name === 'extension')
  if (!isPrimitive && !(hasOnlyExtensions && children.length > 0 && (known === undefined || known.type === '')))
    return { value: objectOf(element, known?.type || guessedType(element)) }
  const { value: _value, ...rest } = element.attributes
  const more = objectOf({ ...element, attributes: rest }, '')
  return {
    ...(written === undefined ? {} : { value: primitive(written, known) }),
    ...(Object.keys(more).length > 0 ? { more } : {}),
  }
}

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/u

function primitive(text: string, known: Shape | undefined): JsonValue {
  const isBoolean = known === undefined ? true : known.kind === 'boolean'
  if (isBoolean && (text === 'true' || text === 'false')) return text === 'true'
  const trimmed = text.trim()
  if (known?.kind === 'number' && NUMBER.test(trimmed)) return new JsonNumber(trimmed)
  return text
}

const XHTML = 'http://www.w3.org/1999/xhtml'
const EMPTY_TAGS = new Set(['br', 'hr', 'img', 'col'])

/** The narrative as the text that JSON has. */
function htmlOf(element: XmlElement, isRoot = true): string {
  const { name, attributes, children } = element
  const written = Object.entries(attributes).filter(([key]) => !key.startsWith('xmlns'))
  const all = isRoot ? [['xmlns', XHTML] as const, ...written] : written
  const head = [name, ...all.map(([key, value]) => `${key}="${escaped(value).replaceAll('"', '&quot;')}"`)].join(' ')
  if (children.length === 0 && EMPTY_TAGS.has(name)) return `<${head}/>`
  const inner = children.map((child) => (typeof child === 'string' ? escaped(child) : htmlOf(child, false))).join('')
  return `<${head}>${inner}</${name}>`
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
