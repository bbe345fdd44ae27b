/**
 * One import of a chart, apart from the screen that shows it: it goes on while the person looks at other screens, and the screen finds it
 * again. It ends with the session: what was written by then stays, and importing the file again goes on where it stopped.
 */
import type { Chart } from '@chartkeep/sync'
import { BehaviorSubject } from 'rxjs'
import { type ImportResult, nothingWritten, readFile, type ReadFile, writeRecords } from './import-run.ts'

export type ImportStep =
  | { type: 'choose' }
  | { type: 'reading'; bytes: number; total: number | null }
  | { type: 'whose'; read: ReadFile; patient: string }
  | { type: 'keeping'; bytes: number; total: number }
  | { type: 'writing'; done: number; all: number }
  | { type: 'report'; result: ImportResult }

/** Kept with the open chart; see {@link ImportStep} for what it is doing. */
export class ImportJob {
  readonly step$ = new BehaviorSubject<ImportStep>({ type: 'choose' })
  #control = new AbortController()

  /** Reads a file; nothing is written yet. */
  async read(file: File): Promise<void> {
    this.#control = new AbortController()
    this.step$.next({ type: 'reading', bytes: 0, total: file.size })
    const read = await readFile(file, this.#control.signal, (bytes, total) =>
      this.step$.next({ type: 'reading', bytes, total }),
    )
    if (read === null) return this.reset()
    if (read.items.length > 0) {
      return this.step$.next({ type: 'whose', read, patient: read.people.patients[0]?.key ?? '' })
    }
    this.step$.next({ type: 'report', result: nothingWritten(read) })
  }

  /** Writes the records of the chosen person, in batches; the chart stays open until then, whatever the person looks at. */
  async write(chart: Chart, read: ReadFile, patientKey: string): Promise<void> {
    this.#control = new AbortController()
    const patient = read.people.patients.find(({ key }) => key === patientKey) ?? null
    this.step$.next({ type: 'keeping', bytes: 0, total: read.file.size })
    const release = chart.hold()
    try {
      const result = await writeRecords(
        chart,
        read,
        patient,
        this.#control.signal,
        (done, all) => this.step$.next({ type: 'writing', done, all }),
        (bytes, total) => this.step$.next({ type: 'keeping', bytes, total }),
      )
      this.step$.next({ type: 'report', result })
    } finally {
      release()
    }
  }

  choosePatient(read: ReadFile, patient: string): void {
    this.step$.next({ type: 'whose', read, patient })
  }

  /** Stops after the batch that is being written; what is in stays in. */
  stop(): void {
    this.#control.abort()
  }

  reset(): void {
    this.step$.next({ type: 'choose' })
  }
}
