/** Every text on its way to the page, and every file of words, shows what a record of another person would hide. */
import { Facts, ScreenHead } from '@chartkeep/app/src/ui/display/card.tsx'
import { MarkedText } from '@chartkeep/app/src/ui/display/marked-text.tsx'
import { inLanguages, say } from '@chartkeep/app/src/i18n/said.ts'
import { chartPage } from '@chartkeep/app/src/features/backup/leave-page.ts'
import { startLanguages } from '@chartkeep/app/src/i18n/index.ts'
import '@chartkeep/app/src/i18n/all.ts'
import type { ReactNode } from 'react'
import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'

startLanguages('en')
const TURNED = 'safe\u202Egpj.exe'
const SHOWN = 'safe⟦RLO⟧gpj.exe'
const html = (node: ReactNode) => renderToStaticMarkup(node)

test('Names: a title, a value, a label and what a screen reader says show their overrides, whoever wrote the screen', () => {
  const page = html(
    <>
      <ScreenHead title={TURNED}>{TURNED}</ScreenHead>
      <Facts items={[{ label: TURNED, value: TURNED }]} />
      <MarkedText text={TURNED} words={['exe']} />
      <a href="#a" aria-label={TURNED} title={TURNED}>
        {TURNED} and {TURNED}
      </a>
    </>,
  )
  expect(page).not.toContain('\u202E')
  expect(page.split('⟦RLO⟧')).toHaveLength(10)
})

test('Names: a name next to other words is isolated where its script goes from right to left, a field keeps what it holds', () => {
  const arabic = 'محمد (2)'
  expect(html(<p>for {arabic}</p>)).toBe(`<p>for \u2068${arabic}\u2069</p>`)
  expect(html(<p>{arabic}</p>)).toBe(`<p>${arabic}</p>`)
  expect(html(<input readOnly value={TURNED} aria-label="Name" />)).toContain(`value="${TURNED}"`)
})

test('Names: files and paper show them too', () => {
  expect(
    inLanguages(
      say(() => TURNED),
      ['en'],
    )[0]?.text,
  ).toBe(SHOWN)
  expect(chartPage(TURNED, [], [], new Map())).toContain(`<h1>${SHOWN}</h1>`)
})
