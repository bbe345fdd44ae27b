/**
 * One import of a chart, apart from the screen that shows it: it goes on while the person looks at other screens, and the screen finds it
 * again. It ends with the session: what was written by then stays, and importing the file again goes on where it stopped.
 */
import { isJsonObject, parseJsonOrNull, personName, stringAt } from '@chartkeep/domain'
import {
  comparePeople,
  factsOfFound,
  type FoundPatient,
  type PersonComparison,
  personFacts,
  type PersonFacts,
} from '@chartkeep/interop/people'
import type { Chart } from '@chartkeep/sync'
import { BehaviorSubject, firstValueFrom } from 'rxjs'
import { patientsOf } from '../../app/words/chart-patient.ts'
import { keepOriginal, nothingWritten, readFile, type ReadFile, writeRecords } from './import-run.ts'
import type { ImportResult } from './report-state.ts'

/** The person of the chart, as its descriptions have them; texts are '' where none says it. */
export interface ChartPerson {
  facts: PersonFacts
  name: string
  birthDate: string
  gender: string
}

export type ImportStep =
  | { type: 'choose' }
  | { type: 'reading'; bytes: number; total: number | null }
  /** `patient`: the key of the chosen one, '' for none. */
  | { type: 'whose'; read: ReadFile; of: ChartPerson; patient: string }
  | { type: 'keeping'; bytes: number; total: number }
  | { type: 'writing'; done: number; all: number }
  | { type: 'report'; result: ImportResult; file: File }

/** How the person of a file stands to the person of the chart. */
export function compareFound(found: FoundPatient, of: ChartPerson): PersonComparison {
  return comparePeople(factsOfFound(found), of.facts)
}

async function personOf(chart: Chart): Promise<ChartPerson> {
  const patients = patientsOf(await firstValueFrom(chart.list$('profile')))
    .map(({ resource }) => parseJsonOrNull(resource))
    .filter(isJsonObject)
  const first = (texts: string[]) => texts.find((text) => text !== '') ?? ''
  return {
    facts: personFacts(patients),
    name: first(patients.map((patient) => personName(patient))),
    birthDate: first(patients.map((patient) => stringAt(patient, 'birthDate'))),
    gender: first(patients.map((patient) => stringAt(patient, 'gender'))),
  }
}

/** The only person of the file, or the one who is certainly the chart's; of several others the person chooses. */
function firstChoice(patients: readonly FoundPatient[], of: ChartPerson): string {
  if (patients.length === 1) return patients[0]!.key
  return patients.find((patient) => compareFound(patient, of).verdict === 'same')?.key ?? ''
}

/** Kept with the open chart; see {@link ImportStep} for what it is doing. */
export class ImportJob {
  readonly step$ = new BehaviorSubject<ImportStep>({ type: 'choose' })
  #control = new AbortController()

  /** Reads a file and compares its people with the chart's; nothing is written yet. */
  async read(chart: Chart, file: File): Promise<void> {
    this.#control = new AbortController()
    this.step$.next({ type: 'reading', bytes: 0, total: file.size })
    const release = chart.hold()
    try {
      const read = await readFile(file, this.#control.signal, (bytes, total) =>
        this.step$.next({ type: 'reading', bytes, total }),
      )
      if (read === null) return this.reset()
      if (read.items.length === 0) return this.step$.next({ type: 'report', result: nothingWritten(read), file })
      const of = await personOf(chart)
      this.step$.next({ type: 'whose', read, of, patient: firstChoice(read.people.patients, of) })
    } finally {
      release()
    }
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
      this.step$.next({ type: 'report', result, file: read.file })
    } finally {
      release()
    }
  }

  /** Keeps the file of a report as a document; the report says what became of it. */
  async keep(chart: Chart, { result, file }: { result: ImportResult; file: File }): Promise<void> {
    this.#control = new AbortController()
    this.step$.next({ type: 'keeping', bytes: 0, total: file.size })
    const release = chart.hold()
    try {
      const { original } = await keepOriginal(chart, file, {
        signal: this.#control.signal,
        onProgress: (bytes, total) => this.step$.next({ type: 'keeping', bytes, total }),
      })
      this.step$.next({ type: 'report', result: { ...result, original }, file })
    } finally {
      release()
    }
  }

  choosePatient(step: Extract<ImportStep, { type: 'whose' }>, patient: string): void {
    this.step$.next({ ...step, patient })
  }

  /** Stops after the batch that is being written; what is in stays in. */
  stop(): void {
    this.#control.abort()
  }

  reset(): void {
    this.step$.next({ type: 'choose' })
  }
}
