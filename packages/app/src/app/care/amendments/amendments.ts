/** Requests to correct a record with their answers, as the records of one chart say them. Pure. */
import {
  type Amendment,
  type AmendmentAnswer,
  amendmentAnswerOf,
  amendmentOf,
  amendmentState,
  compareDates,
  writtenBy,
} from '@chartkeep/domain'
import type { ChartRecord } from '@chartkeep/sync'
import type { RecordViews } from '../../words/record-view.ts'
import { writerOf } from '../../practice/writers.ts'

/** A request with what became of it. */
export interface AmendmentView {
  /** The patient's record that asks. */
  record: ChartRecord
  request: Amendment
  /** The newest first. */
  answers: AmendmentAnswer[]
  state: ReturnType<typeof amendmentState>
}

/**
 * All correction requests of a chart, newest first. Only the chart's owner asks, and only the record's author answers; requests and answers
 * of other authors are ignored. A request is in the same list as its record. `also`: records of another vault that may hold answers, such
 * as the practice's own vault; they take precedence over published copies, which any author could have written.
 */
export function amendmentsOf(
  records: readonly ChartRecord[],
  views: RecordViews,
  also: readonly ChartRecord[] = [],
): AmendmentView[] {
  // Another author may give a record of another list the same id.
  const writers = new Map(records.map((record) => [`${record.collection} ${record.doc}`, writerOf(record)]))
  const tasks = records.filter(({ type, status }) => type === 'Task' && status !== 'error')
  const answers = new Map<string, { account: string; answer: AmendmentAnswer }[]>()
  const seen = new Set<string>()
  for (const record of [...also.filter(({ type }) => type === 'Task'), ...tasks]) {
    const said = seen.has(record.doc) ? null : amendmentAnswerOf(views.of(record).resource)
    if (said === null) continue
    seen.add(record.doc)
    const answer = { ...said, by: writtenBy(record.late ?? record.author, said.by) }
    answers.set(answer.request, [...(answers.get(answer.request) ?? []), { account: writerOf(record), answer }])
  }
  return tasks
    .filter(({ byOwner }) => byOwner)
    .flatMap((record) => {
      const request = amendmentOf(views.of(record).resource)
      if (request === null) return []
      const writer = writers.get(`${record.collection} ${request.record}`)
      const found = (answers.get(record.doc) ?? [])
        .flatMap(({ account, answer }) => (writer === undefined || account === writer ? [answer] : []))
        .toSorted((a, b) => compareDates(b.at, a.at))
      return [{ record, request, answers: found, state: amendmentState(request, found) }]
    })
    .toSorted((a, b) => compareDates(b.request.at, a.request.at))
}
