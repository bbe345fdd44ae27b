/**
 * The patients of a practice: the charts that they share or shared with it, and whoever else its own records are about. What the practice wrote about a
 * person is theirs to read as long as its vault is, whatever became of the chart. Pure.
 */
import { CARE_SYSTEMS, COLLECTIONS, mayInPractice, type PracticeRole } from '@chartkeep/domain'
import type { ChartRecord, ChartSummary } from '@chartkeep/sync'
import type { ShownSummary } from '../context/app-context.tsx'
import type { PatientRecord } from './patient-record-list.ts'

/**
 * A chart in the list of patients. `file`: it is not open here, and its screens read what the practice's own vault holds about the person
 * (person-file.ts). `ended`: a share of it ended at this device. `unknown`: this device has no chart of that person; it may be new, or the chart is not
 * shared with its member.
 */
export type Patient = ShownSummary

/** A person whom records of the practice name. */
export interface Named {
  /** '' where no record says it. */
  name: string
  /** When the practice wrote about them last; milliseconds since 1970. */
  lastAt: number
}

/** Whether screens of a chart can be opened: it is shared and somebody confirmed whose it is, or the practice has records of its own. */
export function isAtHand({ confirmed, state, file }: Patient): boolean {
  return confirmed && (state === 'open' || file !== undefined)
}

const REFERENCE = new RegExp(`"system":"${CARE_SYSTEMS.chart}","value":"([^"\\\\]+)"`, 'gu')
const DISPLAY = /^"\},"type":"Patient","display":"([^"\\]*)"/u

/** Reads which persons records are about by their texts, without parsing them; each version once. */
export class NamedReader {
  readonly #read = new Map<string, string>()
  readonly #named = new Map<string, Named>();

  /** Everybody so far, in short steps. */
  *reading(records: readonly ChartRecord[]): Generator<void, ReadonlyMap<string, Named>> {
    for (const [at, { id, revision, resource, savedAt, status }] of records.entries()) {
      if (at % STEP === STEP - 1) yield
      if (status === 'trash' || this.#read.get(id) === revision) continue
      this.#read.set(id, revision)
      for (const match of resource.matchAll(REFERENCE)) {
        const [text, chart = ''] = match
        const display = DISPLAY.exec(resource.slice(match.index + text.length - 1, match.index + text.length + 200))
        const before = this.#named.get(chart)
        this.#named.set(chart, {
          name: before?.name || display?.[1] || '',
          lastAt: Math.max(before?.lastAt ?? 0, savedAt),
        })
      }
    }
    return new Map(this.#named)
  }
}

/** Records between two looks at the clock. */
const STEP = 200

/** What patients are put together from. */
export interface PatientSources {
  charts: readonly ChartSummary[]
  /** The practice's own records of its patients, by chart. */
  records: ReadonlyMap<string, PatientRecord>
  named: ReadonlyMap<string, Named>
  roles: readonly PracticeRole[]
  /** The slot of a person whose chart this device does not have. */
  slotOf: (chart: string) => string
}

/** Shared charts as they are; those that ended, and persons whose charts were never here, with what the practice's own records say of them. */
export function patientsOf({ charts, records, named, roles, slotOf }: PatientSources): Patient[] {
  const persons = charts.filter(({ kind }) => kind === 'person')
  const here = new Set(charts.map(({ id }) => id))
  const collections = COLLECTIONS.filter((list) => list !== 'audit' && mayInPractice(roles, list, 'read')).map(
    (collection) => ({ collection, rights: ['read' as const] }),
  )
  const isOurs = (id: string) => records.has(id) || named.has(id)
  const written = (id: string) => ({
    name: records.get(id)?.name || named.get(id)?.name || '',
    birthDate: records.get(id)?.birthDate ?? '',
    lastAt: Math.max(records.get(id)?.record.savedAt ?? 0, named.get(id)?.lastAt ?? 0),
  })
  const over = (chart: ChartSummary): Patient => {
    const { name, birthDate, lastAt } = written(chart.id)
    return {
      ...chart,
      name: name || chart.name,
      birthDate: birthDate || chart.birthDate,
      confirmed: true,
      collections,
      care: null,
      file: 'ended',
      lastAt,
    }
  }
  const elsewhere = [...new Set([...records.keys(), ...named.keys()])]
    .filter((id) => id !== '' && !here.has(id))
    .map((id): Patient => ({ ...NOT_HERE, ...written(id), id, slot: slotOf(id), collections, file: 'unknown' }))
  return [
    ...persons.map((chart) => (chart.state !== 'open' && isOurs(chart.id) ? over(chart) : chart)),
    ...(collections.length === 0 ? [] : elsewhere),
  ]
}

const NOT_HERE: Omit<ChartSummary, 'slot' | 'id' | 'name' | 'birthDate' | 'collections'> = {
  kind: 'person',
  look: { name: '', kin: '', symbol: '', tone: null, opener: null },
  care: null,
  relation: 'shared',
  confirmed: true,
  until: null,
  emergency: null,
  emergencyEnded: null,
  emergencyUses: 0,
  state: 'ended',
  undelivered: 0,
  handed: 0,
  waiting: 0,
  aside: 0,
  conflicts: 0,
  confirmedAt: null,
}
