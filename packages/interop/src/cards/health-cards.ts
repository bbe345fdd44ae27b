/**
 * SMART Health Cards in a text, read: what each says, whether its issuer signed it, and all their records as one Bundle.
 * Records are given whatever the verdict on the seal, so that they can be shown before it is judged; who imports decides
 * by the verdict.
 */
import type { CardFault } from './card-faults.ts'
import { readCard, type CardContent } from './card-payload.ts'
import { cardsBundle } from './cards-bundle.ts'
import { findCards } from './card-text.ts'
import { judgeCard, type CardVerdict, type KnownIssuer } from './card-verdict.ts'

/** A card as it was read and judged. */
export interface JudgedCard {
  content: CardContent
  verdict: CardVerdict
  /** All that is odd about it, also about how it was written down. */
  faults: CardFault[]
}

export interface HealthCards {
  cards: JudgedCard[]
  /** Text in the place of a card that is none, by its position from 1. */
  unreadable: { place: number; fault: CardFault }[]
  /** Codes of a card whose others are not here yet. */
  waiting: { have: number[]; count: number; faults: CardFault[] } | null
  /** Records of all cards as one FHIR Bundle; null where no card was read. */
  bundleText: string | null
}

/** Null: the text holds no card. `now` in milliseconds. Never throws for what the text holds. */
export async function readHealthCards(
  text: string,
  issuers: readonly KnownIssuer[],
  now: number,
): Promise<HealthCards | null> {
  const found = findCards(text)
  if (found === null) return null
  const read: HealthCards = { cards: [], unreadable: [], waiting: found.waiting, bundleText: null }
  for (const [index, each] of found.cards.entries()) {
    const content = each.type === 'jws' ? await readCard(each.jws, now) : each.fault
    if (typeof content === 'string') read.unreadable.push({ place: index + 1, fault: content })
    else {
      const faults = [...new Set([...(each.type === 'jws' ? each.faults : []), ...content.faults])]
      read.cards.push({ content, faults, verdict: await judgeCard(content, issuers) })
    }
  }
  if (read.cards.length > 0) read.bundleText = cardsBundle(read.cards.map(({ content }) => content))
  return read
}
