/** Words in both languages at once, for paper that is read in one of them or in both. */
import { shownText } from '@chartkeep/domain'
import type { TFunction } from 'i18next'
import i18next from 'i18next'
import { type Language, LANGUAGES } from './index.ts'

/** One text in each language; equal texts are the source's own words, printed once. */
export type Said = Readonly<Record<Language, string>>

/** What makes texts: the words of one language, whatever the screen's is. */
export type Speaker = (t: TFunction, language: Language) => string

/** Says it in both languages. */
export function say(speaker: Speaker): Said {
  return { en: speaker(wordsOf('en'), 'en'), 'zh-Hant-TW': speaker(wordsOf('zh-Hant-TW'), 'zh-Hant-TW') }
}

/** The source's own words, the same in either language. */
export function asWritten(text: string): Said {
  return { en: text, 'zh-Hant-TW': text }
}

/** The texts for the languages of a paper in their order; one text where they say the same, none where they say nothing. */
export function inLanguages(said: Said, languages: readonly Language[]): { language: Language | null; text: string }[] {
  const texts = languages
    .map((language) => ({ language, text: shownText(said[language]) }))
    .filter(({ text }) => text !== '')
  const isSame = LANGUAGES.every((language) => said[language] === said.en)
  return isSame ? texts.slice(0, 1).map(({ text }) => ({ language: null, text })) : texts
}

/** The same as one line of text. */
export function lineOf(said: Said, languages: readonly Language[], between = ' · '): string {
  return inLanguages(said, languages)
    .map(({ text }) => text.replaceAll('\n', ' '))
    .join(between)
}

function wordsOf(language: Language): TFunction {
  return i18next.getFixedT(language)
}
