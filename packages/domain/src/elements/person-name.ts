/** The names of people. */
import { objectsAt, stringAt, stringsAt } from './elements.ts'
import type { JsonObject } from './json.ts'
import { shownText } from './shown-text.ts'

/** Letters of names whose family name is first, with no space: Chinese, Japanese, Korean. */
const FAMILY_FIRST = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}ー]+$/u

/**
 * A person's name on one line: `text`, else given names and family name in the order of their script (王大文, Mei Chen). The official
 * one before others, old ones last.
 */
export function personName(person: unknown, ...path: string[]): string {
  const names = objectsAt(person, ...(path.length === 0 ? ['name'] : path))
  const best = [...names].sort((a, b) => nameRank(a) - nameRank(b))[0]
  if (best === undefined) return shownText(stringAt(person, ...(path.length === 0 ? ['name'] : path)))
  const family = stringAt(best, 'family')
  const given = stringsAt(best, 'given')
  const isFamilyFirst = [family, ...given].every((part) => FAMILY_FIRST.test(part))
  const parts = [
    ...stringsAt(best, 'prefix'),
    ...(isFamilyFirst ? [[family, ...given].join('')] : [...given, family]),
    ...stringsAt(best, 'suffix'),
  ]
  return shownText(stringAt(best, 'text') || parts.filter((part) => part !== '').join(' '))
}

const NAME_USES = ['official', 'usual', '', 'nickname', 'anonymous', 'temp', 'maiden', 'old']

function nameRank(name: JsonObject): number {
  return NAME_USES.indexOf(stringAt(name, 'use'))
}
