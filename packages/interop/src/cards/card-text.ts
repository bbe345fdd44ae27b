/**
 * Finds the SMART Health Cards in a text: a `.smart-health-card` file, FHIR Parameters of `$health-cards-issue`, the text
 * of QR codes, a JWS, a link that carries a card behind its `#`, or several of these, one a line.
 */
import { isJsonObject, objectsAt, parseJson, stringAt, typeOf } from '@chartkeep/domain'
import type { CardFault } from './card-faults.ts'
import { collectChunks, readCardCode, type CardChunk } from './qr-numeric.ts'

/** A card that was found, or text in the place of a card that is none. */
export type FoundCard = { type: 'jws'; jws: string; faults: CardFault[] } | { type: 'fault'; fault: CardFault }

/** Chunks that wait for the rest of their card. */
export interface FoundCards {
  cards: FoundCard[]
  waiting: { have: number[]; count: number; faults: CardFault[] } | null
}

const MOST_CARDS = 200

/** Null: the text holds no card and nothing that claims to be one. */
export function findCards(text: string): FoundCards | null {
  const first = text.trimStart()[0]
  if (first === '{' || first === '[') return inJson(text)
  const cards: FoundCard[] = []
  const chunks: CardChunk[] = []
  // A single text keeps its white space, which is an oddity of the card; of several lines it only parts them.
  const lines = text.trim().split(/\s+/u)
  for (const line of lines.length === 1 ? [text] : lines) {
    if (cards.length + chunks.length > MOST_CARDS) break
    const card = line.replace(/^\s*[^\s#]*#(?=shc:\/|[\w-]+\.[\w-]+\.)/u, '')
    if (/^\s*shc:\//iu.test(card)) {
      const chunk = readCardCode(card)
      if (typeof chunk === 'string') cards.push({ type: 'fault', fault: chunk })
      else if (chunk.count > 1) chunks.push(chunk)
      else cards.push({ type: 'jws', jws: chunk.text, faults: chunk.faults })
    } else if (/^\s*eyJ[\w-]*\./u.test(card)) cards.push(jwsOf(card))
  }
  if (cards.length + chunks.length === 0) return null
  if (chunks.length === 0) return { cards, waiting: null }
  const collected = collectChunks(chunks)
  switch (collected.type) {
    case 'waiting':
      return { cards, waiting: collected }
    case 'fault':
      return { cards: [...cards, collected], waiting: null }
    case 'whole':
      return { cards: [...cards, { type: 'jws', jws: collected.jws, faults: collected.faults }], waiting: null }
  }
}

function jwsOf(written: string): FoundCard {
  const jws = written.trim()
  return { type: 'jws', jws, faults: jws === written ? [] : ['surrounding-space'] }
}

function inJson(text: string): FoundCards | null {
  const parsed = parseJson(text)
  if (parsed.type === 'error') {
    return /"verifiableCredential"/u.test(text.slice(0, 1000))
      ? { cards: [{ type: 'fault', fault: 'not-a-card' }], waiting: null }
      : null
  }
  const value = parsed.value
  if (!isJsonObject(value)) return null
  const list = value['verifiableCredential']
  const texts =
    list === undefined
      ? typeOf(value) === 'Parameters'
        ? objectsAt(value, 'parameter').flatMap((each) =>
            stringAt(each, 'name') === 'verifiableCredential' ? [stringAt(each, 'valueString')] : [],
          )
        : null
      : Array.isArray(list)
        ? list.map((each) => (typeof each === 'string' ? each : ''))
        : []
  if (texts === null || (list === undefined && texts.length === 0)) return null
  const cards = texts
    .slice(0, MOST_CARDS)
    .map((jws): FoundCard => (jws === '' ? { type: 'fault', fault: 'not-a-card' } : jwsOf(jws)))
  return { cards, waiting: null }
}
