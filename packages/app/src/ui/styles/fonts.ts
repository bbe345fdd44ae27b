/**
 * Figtree, the Latin typeface of the app (SIL Open Font License 1.1), from this server. It is asked for after the first screen is there: until then
 * the face of the same widths in global.css shows the text. Each of the two files is fetched when a text first needs one of its characters.
 */
import latin from '@fontsource-variable/figtree/files/figtree-latin-wght-normal.woff2?url'
import latinExtended from '@fontsource-variable/figtree/files/figtree-latin-ext-wght-normal.woff2?url'

/** As in the package's own style sheet. */
const LATIN =
  'U+0000-00FF,U+0131,U+0152-0153,U+02BB-02BC,U+02C6,U+02DA,U+02DC,U+0304,U+0308,U+0329,U+2000-206F,U+20AC,U+2122,U+2191,U+2193,U+2212,U+2215,U+FEFF,U+FFFD'
const LATIN_EXTENDED =
  'U+0100-02BA,U+02BD-02C5,U+02C7-02CC,U+02CE-02D7,U+02DD-02FF,U+1D00-1DBF,U+1E00-1E9F,U+1EF2-1EFF,U+2020,U+20A0-20AB,U+20AD-20C0,U+2113,U+2C60-2C7F,U+A720-A7FF'

/** Makes Figtree available once the page has loaded and the browser is idle. */
export function bringFonts(): void {
  const bring = () => {
    for (const [file, unicodeRange] of [
      [latin, LATIN],
      [latinExtended, LATIN_EXTENDED],
    ] as const)
      document.fonts.add(new FontFace('Figtree', `url(${file})`, { weight: '300 900', display: 'swap', unicodeRange }))
  }
  const whenIdle = () =>
    'requestIdleCallback' in globalThis ? requestIdleCallback(bring, { timeout: 2000 }) : setTimeout(bring, 200)
  if (document.readyState === 'complete') whenIdle()
  else addEventListener('load', whenIdle, { once: true })
}
