/** Who a person is to the one who keeps their chart: the words that the app offers, and which of them are children in one's care. */

/** In the order in which they are offered. */
export const KIN = [
  'self',
  'daughter',
  'son',
  'child',
  'partner',
  'mother',
  'father',
  'grandmother',
  'grandfather',
  'sister',
  'brother',
  'other',
] as const
/** One of {@link KIN}. */
export type Kin = (typeof KIN)[number]

export function isKin(word: string): word is Kin {
  return (KIN as readonly string[]).includes(word)
}

/** A chart that is its person's own to hold once they are of age. */
export function isChildInCare(kin: string): boolean {
  return ['daughter', 'son', 'child'].includes(kin)
}
