/**
 * What a translation of a set of English texts must hold: the same keys, every one a text. Chinese has one plural form,
 * so keys ending in `_one` have no counterpart.
 */
export type Translated<Texts> = {
  readonly [Key in keyof Texts as Key extends `${string}_one` ? never : Key]: Texts[Key] extends string
    ? string
    : Translated<Texts[Key]>
}
