/** Texts of all screens: imported, for what it does, by each part of the app that is fetched later than the first screens and says more than they do. */
import { en } from './en/index.ts'
import { addTexts } from './index.ts'
import { zh } from './zh/index.ts'

addTexts({ en, 'zh-Hant-TW': zh })
