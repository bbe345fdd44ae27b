/** A resource on its way to R4: elements are renamed, reshaped or kept in an extension, and what was done is noted. */
import { isJsonObject, jsonObject, stringifyJson, typeOf, type JsonObject, type JsonValue } from '@chartkeep/domain'
import type { OtherVersion } from '../contract/fhir-items.ts'

/** Holds an element that R4 has no place for: sub-extensions `path` (its name) and `json` (its value, as it came). */
export const WAS_EXTENSION = 'urn:chartkeep:extension:was'
/** Tag of a record that was read from another version; the code is the version, e.g. `r5`. */
export const SOURCE_VERSION = 'urn:chartkeep:source-version'

/** A resource as R4 has it. `moved`: elements that are elsewhere now; `aside`: those in {@link WAS_EXTENSION}. */
export interface ReadAsR4 {
  resource: JsonObject
  moved: string[]
  aside: string[]
}

/** A codeable reference of R5. */
export type Concept = JsonObject

export class Draft {
  readonly #out: JsonObject
  readonly #moved = new Set<string>()
  readonly #aside: { path: string; value: JsonValue }[] = []
  /** Something has a shape that neither version has. */
  isStrange = false

  constructor(source: JsonObject) {
    this.#out = jsonObject(source)
  }

  get(name: string): JsonValue | undefined {
    return this.#out[name]
  }

  set(name: string, value: JsonValue | undefined): void {
    if (value === undefined || (Array.isArray(value) && value.length === 0)) delete this.#out[name]
    else this.#out[name] = value
  }

  /** Removes the element and gives it; noted as moved. */
  take(name: string): JsonValue | undefined {
    const value = this.#out[name]
    if (value === undefined) return undefined
    this.#moved.add(name)
    delete this.#out[name]
    return value
  }

  /** The element under another name, with what belongs to its primitive (`_name`). */
  rename(from: string, to: string): void {
    for (const mark of ['', '_']) {
      const value = this.#out[`${mark}${from}`]
      if (value === undefined) continue
      if (this.#out[`${mark}${to}`] !== undefined) this.setAside(`${mark}${from}`)
      else this.set(`${mark}${to}`, this.take(`${mark}${from}`))
    }
  }

  /** Into the extension; `name*` takes each choice of types. */
  setAside(name: string): void {
    const stem = name.endsWith('*') ? name.slice(0, -1) : null
    for (const key of Object.keys(this.#out)) {
      const plain = key.startsWith('_') ? key.slice(1) : key
      if (
        stem === null
          ? plain !== name && key !== name
          : !(plain.startsWith(stem) && /^[A-Z]/.test(plain.slice(stem.length)))
      )
        continue
      this.keep(key, this.#out[key]!)
      delete this.#out[key]
    }
  }

  keep(path: string, value: JsonValue | undefined): void {
    if (value !== undefined && !(Array.isArray(value) && value.length === 0)) this.#aside.push({ path, value })
  }

  /** A list of codeable references as one list of concepts and one of references, where R4 has two elements. */
  split(name: string, conceptName: string, referenceName: string, isList = true): void {
    const concepts: JsonValue[] = []
    const references: JsonValue[] = []
    for (const { concept, reference } of this.codeable(name)) {
      if (concept !== null) concepts.push(concept)
      if (reference !== null) references.push(reference)
    }
    this.#join(conceptName, concepts, isList)
    this.#join(referenceName, references, isList)
  }

  /** A codeable reference as R4's choice of a concept or a reference; of both the reference is kept in the extension. */
  choice(name: string, stem: string): void {
    const [first, ...more] = this.codeable(name)
    if (first === undefined) return
    if (first.concept !== null) this.set(`${stem}CodeableConcept`, first.concept)
    else if (first.reference !== null) this.set(`${stem}Reference`, first.reference)
    if (first.concept !== null && first.reference !== null) this.keep(`${name}.reference`, first.reference)
    for (const { concept, reference } of more)
      this.keep(name, jsonObject({ ...(concept && { concept }), ...(reference && { reference }) }))
  }

  /** The codeable references of an element, which leaves the resource. */
  codeable(name: string): { concept: Concept | null; reference: JsonObject | null }[] {
    const value = this.take(name)
    return value === undefined ? [] : this.codeableIn(value)
  }

  codeableIn(value: JsonValue): { concept: Concept | null; reference: JsonObject | null }[] {
    return (Array.isArray(value) ? value : [value]).flatMap((each) => {
      if (!isJsonObject(each)) {
        this.isStrange = true
        return []
      }
      const { concept, reference, ...rest } = each
      if (isJsonObject(concept) || isJsonObject(reference)) {
        for (const [key, more] of Object.entries(rest)) this.keep(key, more)
        return [
          { concept: isJsonObject(concept) ? concept : null, reference: isJsonObject(reference) ? reference : null },
        ]
      }
      // As R4 writes it already: a reference has a text, a concept has not.
      return [
        typeof reference === 'string' || 'display' in each
          ? { concept: null, reference: each }
          : { concept: each, reference: null },
      ]
    })
  }

  #join(name: string, values: JsonValue[], isList: boolean): void {
    const here = this.#out[name]
    const all = [...(here === undefined ? [] : Array.isArray(here) ? here : [here]), ...values]
    if (isList) return this.set(name, all)
    this.set(name, all[0])
    this.keep(name, all.slice(1))
  }

  /** Where R4 has one and R5 a list: the first stays. */
  first(name: string): void {
    const value = this.#out[name]
    if (!Array.isArray(value)) return
    this.set(name, value[0])
    this.keep(name, value.slice(1))
    this.#moved.add(name)
  }

  /** Each object of a list, changed in place of the old one. */
  each(name: string, change: (item: Draft) => void): void {
    const value = this.#out[name]
    if (value === undefined) return
    const one = (item: JsonValue): JsonValue => {
      if (!isJsonObject(item)) {
        this.isStrange = true
        return item
      }
      const draft = new Draft(item)
      change(draft)
      this.isStrange ||= draft.isStrange
      for (const moved of draft.#moved) this.#moved.add(`${name}.${moved}`)
      for (const { path, value: kept } of draft.#aside) this.#aside.push({ path: `${name}.${path}`, value: kept })
      return draft.#out
    }
    this.#out[name] = Array.isArray(value) ? value.map(one) : one(value)
  }

  /** Each contained resource as `read` gives it: itself where it needs nothing, null where it cannot be read. */
  contained(read: (inner: JsonObject) => JsonObject | null): void {
    const value = this.#out['contained']
    if (!Array.isArray(value)) return
    this.#out['contained'] = value.map((inner) => {
      if (!isJsonObject(inner)) return inner
      const after = read(inner)
      if (after === null) this.isStrange = true
      else if (after !== inner) this.#moved.add(`contained ${typeOf(inner)}`)
      return after ?? inner
    })
  }

  /** The resource with its tag and its extension. */
  done(version: OtherVersion): ReadAsR4 {
    const [moved, aside] = [[...this.#moved], [...new Set(this.#aside.map(({ path }) => path))]]
    const was = this.#aside.map(({ path, value }) =>
      jsonObject({
        url: WAS_EXTENSION,
        extension: [
          jsonObject({ url: 'path', valueString: path }),
          jsonObject({ url: 'json', valueString: stringifyJson(value) }),
        ],
      }),
    )
    const meta = isJsonObject(this.#out['meta']) ? this.#out['meta'] : {}
    const tags = Array.isArray(meta['tag']) ? meta['tag'] : []
    const extensions = Array.isArray(this.#out['extension']) ? this.#out['extension'] : []
    const resource = jsonObject({
      ...this.#out,
      meta: jsonObject({ ...meta, tag: [...tags, jsonObject({ system: SOURCE_VERSION, code: version })] }),
      ...(was.length > 0 ? { extension: [...extensions, ...was] } : {}),
    })
    return { resource, moved, aside }
  }
}
