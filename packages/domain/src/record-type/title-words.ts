/** How records are named: by the elements of their type, else by those that most types have. */
import { conceptText, objectsAt, stringAt } from '../elements/elements.ts'
import { personName } from '../elements/person-name.ts'

const ANY_TITLE = [['code'], ['title'], ['name'], ['description'], ['type'], ['category'], ['vaccineCode']]

/** A title by the first of the paths with words, else by what names records of any type. */
export function titled(...paths: string[][]): (resource: unknown) => string {
  return (resource) => firstWords(resource, paths) || firstWords(resource, ANY_TITLE)
}

/** A person's name, else a title by the paths. */
export function personTitle(...paths: string[][]): (resource: unknown) => string {
  const words = titled(...paths)
  return (resource) => personName(resource) || words(resource)
}

/** The name of the medicine. Its category ("outpatient") is no name of a medicine. */
export function medicineTitle(resource: unknown): string {
  return (
    conceptText(resource, 'medicationCodeableConcept') ||
    stringAt(resource, 'medicationReference', 'display') ||
    containedName(resource, 'medicationReference') ||
    firstWords(resource, [['code'], ['description']])
  )
}

/** The name of a contained Medication or the like that a reference `#id` points at. */
function containedName(resource: unknown, element: string): string {
  const reference = stringAt(resource, element, 'reference')
  if (!reference.startsWith('#')) return ''
  const inner = objectsAt(resource, 'contained').find((candidate) => candidate['id'] === reference.slice(1))
  return inner === undefined ? '' : medicineName(inner)
}

/** What a Medication is called: by its code, else by what is in it; '' where it says neither. */
export function medicineName(medication: unknown): string {
  const ingredients = objectsAt(medication, 'ingredient').map(
    (ingredient) => conceptText(ingredient, 'itemCodeableConcept') || stringAt(ingredient, 'itemReference', 'display'),
  )
  return conceptText(medication, 'code') || ingredients.filter((name) => name !== '').join(' / ')
}

function firstWords(resource: unknown, paths: readonly string[][]): string {
  for (const path of paths) {
    const words = stringAt(resource, ...path) || conceptText(resource, ...path)
    if (words !== '') return words
  }
  return ''
}
