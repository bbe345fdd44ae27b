/**
 * The most expensive bytes for each message of the protocol, made from its published description, and what reading them costs. Runs in Node and in
 * a page alike.
 */
import { encodeCbor, type CborValue } from '@chartkeep/crypto/encoding'
import { decodeAs, MAX_ANSWER_BYTES } from '@chartkeep/protocol'
import { maxBytesOf, schemaOf, type Shape } from '@chartkeep/protocol/shape'
import { protocolExports } from '../../test/support/protocol-exports.ts'
import { itemsAt, listsIn, shortest, withGiven } from '../../test/support/schema-values.ts'

export const MIB = 1024 * 1024
/** The longest answer that a device reads, four times the longest request. */
const MOST = MAX_ANSWER_BYTES
/** What is shorter costs too little to be measured, whatever it holds. */
const LEAST = 256 * 1024

export interface Worst {
  name: string
  /** `taken`: as many shortest items as fit. `refused`: the same, and the last byte spoils it. `bomb`: a list of millions where none belongs. */
  kind: 'taken' | 'refused' | 'bomb'
  bytes: Uint8Array
  read: () => unknown
}

/** By message and kind; of all messages, or of those that `isAsked` names. */
export function worstMessages(isAsked: (name: string) => boolean = () => true): Worst[] {
  return Object.entries(protocolExports).flatMap(([name, shape]) =>
    isAsked(name) && typeof shape === 'function' && Object.keys(schemaOf(shape)).length > 0
      ? worstOf(name, shape as Shape<unknown>)
      : [],
  )
}

function worstOf(name: string, shape: Shape<unknown>): Worst[] {
  const schema = schemaOf(shape)
  const most = Math.min(MOST, maxBytesOf(shape))
  const worst = (kind: Worst['kind'], bytes: Uint8Array): Worst => ({
    name,
    kind,
    bytes,
    read: () => decodeAs(shape, bytes),
  })
  const full = listsIn(schema)
    .map(({ path, maxItems }) => {
      const item = shortest(itemsAt(schema, path))
      const room = Math.floor((most - 4096) / encodeCbor(item).length)
      return encodeCbor(withGiven(schema, path, Array<CborValue>(Math.max(0, Math.min(maxItems, room))).fill(item)))
    })
    .filter((bytes) => bytes.length >= LEAST)
  const field = Object.keys((schema as { properties?: object }).properties ?? {})[0]
  const bomb =
    field === undefined
      ? []
      : [worst('bomb', encodeCbor({ ...(shortest(schema) as object), [field]: Array<CborValue>(MOST - 4096).fill(0) }))]
  return [...full.flatMap((bytes) => [worst('taken', bytes), worst('refused', spoilt(bytes))]), ...bomb]
}

/** The message with one byte more than it says. */
function spoilt(bytes: Uint8Array): Uint8Array {
  const longer = new Uint8Array(bytes.length + 1)
  longer.set(bytes)
  return longer
}

export interface Cost {
  name: string
  kind: Worst['kind']
  mib: number
  /** The least of five. */
  ms: number
}

export function costs(messages: readonly Worst[]): Cost[] {
  return messages.map(({ name, kind, bytes, read }) => {
    const times = Array.from({ length: 5 }, () => {
      const start = performance.now()
      read()
      return performance.now() - start
    })
    return { name, kind, mib: bytes.length / MIB, ms: Math.min(...times) }
  })
}
