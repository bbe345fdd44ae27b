/** How a fault ended, for docs/assurance.md: written to the file CHARTKEEP_REPORT where one is named. */
import { appendFileSync } from 'node:fs'

export function noteOutcome(fault: string, outcome: string): void {
  const file = process.env['CHARTKEEP_REPORT']
  if (file) appendFileSync(file, `${fault} | ${outcome}\n`)
}
