import { start } from './start.ts'
import { words } from './words.ts'

/** Texts of the first screens, which come with the shell; the others come with the first screen that is none of them (all.ts). */
export const first = { ...words, ...start }
