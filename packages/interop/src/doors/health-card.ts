/**
 * SMART Health Cards: their records, and a notice of what is known of each signature. A card that was changed after it was
 * issued, or that its issuer withdrew, is refused.
 */
import { utf8ToBytes } from '@chartkeep/crypto/encoding'
import { sourceOf } from '../bytes/byte-source.ts'
import { textOfFile } from '../bytes/text-file.ts'
import type { CardFault } from '../cards/card-faults.ts'
import { cardsBundle } from '../cards/cards-bundle.ts'
import { readHealthCards, type JudgedCard } from '../cards/health-cards.ts'
import { refusal, type Refusal, type RefusalReason } from '../contract/fhir-items.ts'
import { readFhir } from '../fhir/fhir-reader.ts'
import type { Door, DoorOptions, ImportEvent, ImportInput } from '../contract/door.ts'
import { NO_COUNTS, ONE_REFUSED, progressAtEnd, wholeBytes } from './whole-text.ts'

export const healthCardDoor: Door = { kinds: ['health-card'], read }

async function* read(input: ImportInput, options: DoorOptions): AsyncGenerator<ImportEvent> {
  const bytes = await wholeBytes(input, options)
  if (bytes === null) return yield { type: 'done', outcome: 'cancelled', counts: NO_COUNTS }
  const text = bytes instanceof Uint8Array ? textOfFile(bytes) : null
  const found = text === null ? null : await readHealthCards(text, options.cardIssuers ?? [], options.now ?? Date.now())
  if (found === null) {
    yield bytes instanceof Uint8Array ? refusal('file', bytes.length === 0 ? 'empty' : 'card-damaged') : bytes
    return yield { type: 'done', outcome: 'refused', counts: ONE_REFUSED }
  }
  const refused: Refusal[] = found.unreadable.map(({ place, fault }) =>
    refusal('resource', reasonOf(fault), { place, detail: fault }),
  )
  if (found.waiting !== null) refused.push(refusal('file', 'card-incomplete'))
  const taken: JudgedCard[] = []
  for (const [index, card] of found.cards.entries()) {
    const { verdict } = card.verdict
    if (verdict !== 'wrong' && verdict !== 'withdrawn') taken.push(card)
    else {
      const detail = card.verdict.verdict === 'wrong' ? card.verdict.reason : 'withdrawn'
      refused.push(
        refusal('resource', verdict === 'wrong' ? 'card-changed' : 'card-withdrawn', { place: index + 1, detail }),
      )
    }
  }
  const counts = { ...NO_COUNTS, found: refused.length, refused: refused.length }
  yield* refused
  for (const card of taken) {
    const { verdict, issuer } = card.verdict
    const name = 'name' in card.verdict ? card.verdict.name : ''
    if (verdict === 'verified' || verdict === 'unlisted' || verdict === 'unchecked')
      yield {
        type: 'notice',
        notice: { kind: 'card', verdict, issuer, name, isExpired: card.faults.includes('expired') },
      }
  }
  if (taken.length > 0) {
    const bundle = utf8ToBytes(cardsBundle(taken.map(({ content }) => content)))
    for await (const event of readFhir(sourceOf(bundle), '', options)) {
      if (event.type === 'done') {
        if (event.outcome === 'cancelled') return yield event
        for (const key of Object.keys(counts) as (keyof typeof counts)[]) counts[key] += event.counts[key]
      } else if (event.type !== 'progress') yield event
    }
  }
  yield progressAtEnd(input)
  yield { type: 'done', outcome: counts.resources > 0 ? 'read' : 'refused', counts }
}

function reasonOf(fault: CardFault): RefusalReason {
  return fault.startsWith('numeric') || fault.startsWith('chunk') ? 'card-code' : 'card-damaged'
}
