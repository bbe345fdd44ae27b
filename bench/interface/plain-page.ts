/**
 * The peer: a page without any library that shows the same records from an array in memory. Its field filters the titles and writes the first forty
 * hits; its list is one table with every row. What the app takes beyond this is the price of the app.
 */
import type { Page } from 'playwright-core'
import { describe, parseJsonOrNull } from '@chartkeep/domain'

interface PlainRow {
  title: string
  value: string
  date: string
  text: string
}

declare const window: typeof globalThis & { rows: PlainRow[] }

const MARKUP = `<!doctype html><html lang="en"><title>Plain</title>
<style>body{font:16px sans-serif;margin:0}table{width:100%;border-collapse:collapse}td{height:56px;border-bottom:1px solid #ccc;padding:0 12px}</style>
<label>Search <input id="field"></label> <button id="all">All</button> <button id="none">None</button><ul id="hits"></ul><table><tbody id="rows"></tbody></table></html>`

/** Fills it with records in memory (JSON text); none of them is shown yet. */
export async function openPlainPage(page: Page, records: readonly string[]): Promise<void> {
  const rows = records.map((record): PlainRow => {
    const { title, detail, date, text } = describe(parseJsonOrNull(record))
    return { title, value: detail, date, text: `${text} ${title.toLowerCase()} ${date}` }
  })
  await page.setContent(MARKUP)
  await page.evaluate((given) => {
    window.rows = given
    const byId = (id: string) => document.querySelector<HTMLElement>(`#${id}`)!
    const cells = ({ title, value, date }: PlainRow, name: 'li' | 'td') =>
      [title, value, date].map((text) => {
        const cell = document.createElement(name)
        cell.textContent = text
        return cell
      })
    byId('field').addEventListener('input', ({ target }) => {
      const words = (target as HTMLInputElement).value.toLowerCase().split(/\s+/u)
      const hits = window.rows.filter(({ text }) => words.every((word) => text.includes(word))).slice(0, 40)
      byId('hits').replaceChildren(...hits.flatMap((hit) => cells(hit, 'li')))
    })
    byId('none').addEventListener('click', () => byId('rows').replaceChildren())
    byId('all').addEventListener('click', () => {
      const sorted = window.rows.toSorted((a, b) => (a.date < b.date ? 1 : -1))
      byId('rows').replaceChildren(
        ...sorted.map((row) => {
          const line = document.createElement('tr')
          line.append(...cells(row, 'td'))
          return line
        }),
      )
    })
  }, rows)
}
