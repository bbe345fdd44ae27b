/**
 * How soon a lie is found: for each test, the answers that its device took from the first false one until it held a verdict. Printed when
 * the file ends; with CHARTKEEP_REPORT (the path of a file) also written there, for docs/assurance.md.
 */
import { appendFileSync } from 'node:fs'
import { afterAll, expect } from 'vitest'

interface Detection {
  answers: number
  verdict: string
}

const detections = new Map<string, Detection>()
const current = () => expect.getState().currentTestName ?? ''

export interface LieWatch {
  /** An answer is given; `isFalse` where it is not the one of the honest server. */
  answered(isFalse: boolean): void
  /** The device holds a verdict. Only the first one of a test counts. */
  detected(verdict: string): void
}

/** Counts the answers of one server to one device. A test begins at zero. */
export function watchLies(): LieWatch {
  let test = ''
  let sinceLie: number | null = null
  const begin = () => {
    if (test === current()) return
    test = current()
    sinceLie = null
  }
  return {
    answered(isFalse) {
      begin()
      if (sinceLie !== null) sinceLie++
      else if (isFalse) sinceLie = 1
    },
    detected(verdict) {
      begin()
      if (test !== '' && sinceLie !== null && !detections.has(test))
        detections.set(test, { answers: sinceLie, verdict })
    },
  }
}

afterAll(() => {
  if (detections.size === 0) return
  const rows = [...detections].toSorted(([, a], [, b]) => a.answers - b.answers)
  console.log(rows.map(([test, { answers, verdict }]) => `${answers} until ${verdict}: ${test}`).join('\n'))
  const file = process.env['CHARTKEEP_REPORT']
  const lines = rows.map(([test, { answers, verdict }]) => `${test.replaceAll('|', '/')} | ${verdict} | ${answers}\n`)
  if (file) appendFileSync(file, lines.join(''))
})
