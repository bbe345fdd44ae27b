/**
 * The two languages of the app. Texts are typed objects: those of the first screens are bundled with the shell, all others with the screens that
 * show them (all.ts), so no text ever waits for the network once its screen is there.
 * Placeholders stand in single braces, plural forms are chosen by i18next (`_one`, `_other`) from `count`.
 */
import { isolated } from '@chartkeep/domain'
import i18next from 'i18next'
import { initReactI18next } from 'react-i18next'
import { first as en } from './en/first.ts'
import type { en as all } from './en/index.ts'
import { first as zh } from './zh/first.ts'

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'translation'
    resources: { translation: typeof all }
    interpolationPrefix: '{'
    interpolationSuffix: '}'
  }
}

/** Languages offered, as BCP 47 tags (also the `lang` of the page). */
export const LANGUAGES = ['en', 'zh-Hant-TW'] as const
/** One of {@link LANGUAGES}. */
export type Language = (typeof LANGUAGES)[number]

/** Kept in plain text on purpose: the unlock screen needs it before anything is open. */
const LANGUAGE_KEY = 'chartkeep-language'

/** By language: of the first screens, until {@link addTexts}. */
let texts: Readonly<Record<Language, object>> = { en, 'zh-Hant-TW': zh }

/** Starts i18next with the language kept on this device, else the browser's. Call once, before the first render. */
export function startLanguages(wanted: Language = keptLanguage()): typeof i18next {
  void i18next.use(initReactI18next).init({
    lng: wanted,
    fallbackLng: 'en',
    supportedLngs: LANGUAGES,
    resources: { en: { translation: texts.en }, 'zh-Hant-TW': { translation: texts['zh-Hant-TW'] } },
    // React escapes markup. A text inserted into a sentence must not change the sentence's direction.
    interpolation: { prefix: '{', suffix: '}', escapeValue: true, escape: isolated },
    returnNull: false,
    initAsync: false,
  })
  markDocument(wanted)
  // What is chosen in one window holds in every other one of this device.
  globalThis.window?.addEventListener('storage', ({ key }) => {
    if (key === LANGUAGE_KEY) show(keptLanguage())
  })
  return i18next
}

/** Takes the place of the texts that are there; before languages are started or after. */
export function addTexts(more: typeof texts): void {
  texts = more
  if (!i18next.isInitialized) return
  for (const language of LANGUAGES) i18next.addResourceBundle(language, 'translation', texts[language])
}

/** Switches at once, everywhere, and keeps the choice on this device. */
export function setLanguage(language: Language): void {
  globalThis.localStorage?.setItem(LANGUAGE_KEY, language)
  show(language)
}

function show(language: Language): void {
  void i18next.changeLanguage(language)
  markDocument(language)
}

/** The language now shown. */
export function currentLanguage(): Language {
  return LANGUAGES.find((language) => language === i18next.language) ?? 'en'
}

function keptLanguage(): Language {
  const kept = globalThis.localStorage?.getItem(LANGUAGE_KEY)
  const known = LANGUAGES.find((language) => language === kept)
  if (known) return known
  return /^zh/iu.test(globalThis.navigator?.language ?? '') ? 'zh-Hant-TW' : 'en'
}

function markDocument(language: Language): void {
  if (globalThis.document) document.documentElement.lang = language
}
