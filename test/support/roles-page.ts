/** The tables of docs/roles.md. */
import { readFileSync } from 'node:fs'

const page = readFileSync(new URL('../../docs/roles.md', import.meta.url), 'utf8')

/** Rows of the table below a heading, each as its cells; the heads of columns are the first. */
export function rolesTable(heading: string): string[][] {
  const section = page.split(/^## /mu).find((part) => part.startsWith(heading)) ?? ''
  const lines = section.split('\n').filter((line) => line.startsWith('|'))
  const cells = (line: string) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('`', ''))
  return lines.filter((line) => !/^\|[\s:|-]+$/u.test(line)).map(cells)
}
