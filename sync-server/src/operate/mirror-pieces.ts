/**
 * Splits a backup into pieces named by their content hash, so that a mirror stores each once and whoever keeps them
 * cannot exchange one: rows of the database in order, the signed heads, and lists of pieces. Knows no network.
 */
import { createHash } from 'node:crypto'
import type { DatabaseSync, SQLInputValue } from 'node:sqlite'
import { schemaUpTo } from '../sqlite/sqlite-schema.ts'

/** A value of a row: bytes in base64, a text as a list of one. */
export type Cell = null | number | string | [string]

/** The content of one document. */
export type Piece =
  ['rows', table: string, columns: string[], rows: Cell[][]] | ['heads', base64: string] | ['list', ids: string[]]

/** A piece with its name (the SHA-256 of its JSON in hex) and the length of that JSON. */
export interface NamedPiece {
  id: string
  piece: Piece
  length: number
}

/** A piece ends with the row that reaches this length; a row holds at most an envelope or a chunk of a file. */
const PIECE_LENGTH = 64 * 1024
const LIST_LENGTH = 1024
const HEADS_BYTES = 256 * 1024
/** SQLite's own tables are left out, except the one with the numbers that must never be reused. */
const TABLES =
  "SELECT name FROM sqlite_master WHERE type = 'table' AND (name NOT LIKE 'sqlite_%' OR name = 'sqlite_sequence')"

export class PieceError extends Error {
  override name = 'PieceError'
}

export function named(piece: Piece): NamedPiece {
  const json = JSON.stringify(piece)
  return { id: hexOf(json), piece, length: json.length }
}

/**
 * All rows of a database. The rows themselves decide where a piece ends, in addition to its length: inserting a row
 * changes only the pieces around it, and all others keep their names.
 */
export function* piecesOf(db: DatabaseSync): Generator<NamedPiece> {
  for (const { name } of db.prepare(`${TABLES} ORDER BY name`).all() as { name: string }[]) {
    const columns = columnsOf(db, name)
    let rows: Cell[][] = []
    let length = 0
    for (const row of db.prepare(`SELECT ${columns.map(quoted).join(', ')} FROM ${quoted(name)}`).iterate()) {
      const cells = columns.map((column) => cellOf(row[column]))
      const json = JSON.stringify(cells)
      rows.push(cells)
      length += json.length
      if (length < PIECE_LENGTH && !isEnd(hexOf(json))) continue
      yield named(['rows', name, columns, rows])
      rows = []
      length = 0
    }
    if (rows.length > 0) yield named(['rows', name, columns, rows])
  }
}

export function* headPieces(heads: Uint8Array): Generator<NamedPiece> {
  for (let at = 0; at < heads.length; at += HEADS_BYTES)
    yield named(['heads', Buffer.from(heads.subarray(at, at + HEADS_BYTES)).toString('base64')])
}

/** Lists of these pieces, in order. */
export function listPieces(ids: readonly string[]): NamedPiece[] {
  const lists: NamedPiece[] = []
  let list: string[] = []
  for (const id of ids) {
    list.push(id)
    if (list.length < LIST_LENGTH && !isEnd(id)) continue
    lists.push(named(['list', list]))
    list = []
  }
  if (list.length > 0) lists.push(named(['list', list]))
  return lists
}

/** The stored piece of this name. Throws {@link PieceError} if it is missing or does not match its name. */
export function readPiece<K extends Piece[0]>(id: string, kind: K, kept: unknown): Extract<Piece, [K, ...unknown[]]> {
  if (!Array.isArray(kept) || hexOf(JSON.stringify(kept)) !== id || kept[0] !== kind)
    throw new PieceError(`The piece ${id} is not what was written.`)
  return kept as Extract<Piece, [K, ...unknown[]]>
}

/** Creates an empty database of the schema, ready for the rows of pieces. */
export function beginDatabase(db: DatabaseSync, schema: number): void {
  for (const step of schemaUpTo(schema)) {
    if (typeof step === 'string') db.exec(step)
    else step(db)
  }
  for (const { name } of db.prepare(TABLES).all() as { name: string }[]) db.exec(`DELETE FROM ${quoted(name)}`)
  db.exec(`PRAGMA user_version = ${schema}`)
}

/** Inserts rows into their table. Throws {@link PieceError} if the schema has no place for them. */
export function addRows(db: DatabaseSync, [, table, columns, rows]: Extract<Piece, ['rows', ...unknown[]]>): void {
  const known = db.prepare(`${TABLES} AND name = ?`).get(table) === undefined ? [] : columnsOf(db, table)
  if (known.length === 0 || known.join() !== columns.join())
    throw new PieceError(`Its schema has no table "${table}" with these columns.`)
  // SQLite wrote its own values there while rows with such numbers were inserted.
  if (table === 'sqlite_sequence') {
    const forget = db.prepare('DELETE FROM sqlite_sequence WHERE name = ?')
    for (const [name = null] of rows) forget.run(valueOf(name))
  }
  const places = columns.map(() => '?').join(', ')
  const insert = db.prepare(`INSERT INTO ${quoted(table)} (${columns.map(quoted).join(', ')}) VALUES (${places})`)
  for (const row of rows) insert.run(...row.map(valueOf))
}

function columnsOf(db: DatabaseSync, table: string): string[] {
  return (db.prepare('SELECT name FROM pragma_table_info(?)').all(table) as { name: string }[]).map(({ name }) => name)
}

function cellOf(value: unknown): Cell {
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.length).toString('base64')
  return typeof value === 'string' ? [value] : (value as number | null)
}

function valueOf(cell: Cell): SQLInputValue {
  if (typeof cell === 'string') return Buffer.from(cell, 'base64')
  return Array.isArray(cell) ? cell[0] : cell
}

/** One in 256: about 256 rows between two ends, wherever a row was inserted. */
function isEnd(hash: string): boolean {
  return hash.startsWith('00')
}

function hexOf(json: string): string {
  return createHash('sha256').update(json).digest('hex')
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
