/** A file of many lab results of one test, for a chart or an import that takes its time. */
import { writeFileSync } from 'node:fs'

/** NDJSON of `count` Observations, each its own resource with an identifier by which it is known again. `text`: what the test is called. */
export function writePotassiumFile(file: string, count: number, text = 'Potassium'): void {
  writeFileSync(file, Array.from({ length: count }, (_, index) => observation(index, text)).join('\n'))
}

function observation(index: number, text: string): string {
  return JSON.stringify({
    resourceType: 'Observation',
    id: `potassium-${index}`,
    identifier: [{ system: 'urn:lab', value: String(index) }],
    status: 'final',
    category: [{ coding: [{ code: 'laboratory' }] }],
    code: { text },
    effectiveDateTime: `20${String(10 + (index % 15))}-03-02`,
    valueQuantity: { value: index / 1000, unit: 'mmol/L' },
  })
}
