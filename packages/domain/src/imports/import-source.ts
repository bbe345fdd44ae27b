/**
 * What a record's `importSource` says: which import brought it, and what became of it since. It travels with the record, so that every device can
 * tell. Earlier Texts had the file's name alone; they belong to no import that could be undone.
 */

/** `edited`: a person wrote over it since. `undone`: it is in the trash because its import was taken back. */
export interface ImportSource {
  /** The import: the first 22 letters of the file's SHA-256 in base64url, or random ones where the file could not be kept. */
  id: string
  /** Set where the import wrote over a record that was there: the import that had brought that record, or `-` for another. '' for a new record. */
  over: string
  /** The file's name. */
  name: string
  state: 'imported' | 'edited' | 'undone'
}

/** Letters of a hash that tell an import. */
const ID_LETTERS = 22
const EDITED = 'edited:'
const UNDONE = 'undone:'
const SOURCE = /^import:([\w-]{22}):(-|[\w-]{22})?:(.*)$/su

/** The id of the import of a file by its SHA-256 (base64url). */
export function importIdOf(sha256: string): string {
  return sha256.slice(0, ID_LETTERS)
}

/** The `importSource` of a new record of an import. */
export function importSourceText(id: string, name: string): string {
  return `import:${id}::${name}`
}

/** The same where the import writes over what `before` says of the record that is there. */
export function importSourceOver(source: string, before: string): string {
  const [own, earlier] = [importSourceOf(source), importSourceOf(before)]
  if (own === null || earlier?.state === 'undone') return source
  // Written over twice by one import, it is still what it was first.
  const over = earlier?.id === own.id ? earlier.over : (earlier?.id ?? '-')
  return `import:${own.id}:${over}:${own.name}`
}

/** The `importSource` of a record that goes into the trash with its import. */
export function undoneSource(source: string): string {
  return `${UNDONE}${source}`
}

/** Null for a record that was typed, came late, or was imported before imports had ids. */
export function importSourceOf(text: string): ImportSource | null {
  const isEdited = text.startsWith(EDITED)
  const rest = isEdited ? text.slice(EDITED.length) : text
  const isUndone = rest.startsWith(UNDONE)
  const [, id, over = '', name] = SOURCE.exec(isUndone ? rest.slice(UNDONE.length) : rest) ?? []
  if (id === undefined || name === undefined) return null
  return { id, over, name, state: isEdited ? 'edited' : isUndone ? 'undone' : 'imported' }
}
