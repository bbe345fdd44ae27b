/** Addresses of screens: `#/<screen word>/<chart slot>/<slot>`, words of screens and random names, nothing else. */

/** Every screen word, fixed, in the order of the design. */
export const SCREEN_WORDS = [
  'unlock',
  'start',
  'restore',
  'overview',
  'list',
  'record',
  'history',
  'form',
  'timeline',
  'docs',
  'search',
  'care',
  'share',
  'who',
  'sync',
  'resolve',
  'devices',
  'card',
  'page',
  'import',
  'backup',
  'settings',
  'work',
  'patients',
  'chart',
  'visit',
  'note',
  'sign',
  'results',
  'plans',
  'messages',
  'calendar',
  'practice',
] as const
/** One of {@link SCREEN_WORDS}. */
export type ScreenWord = (typeof SCREEN_WORDS)[number]

/** The address for links; slots are opaque and random. */
export function addressOf(word: ScreenWord, chart?: string, slot?: string): string {
  return `#${pathOf(word, chart, slot)}`
}

/** The same as the router wants it. */
export function pathOf(word: ScreenWord, chart?: string, slot?: string): string {
  return `/${[word, chart, slot].filter((part) => part !== undefined).join('/')}`
}
