/** Whose a record is, and what of it others who may write in the list can say. Pure. */
import type { ChartRecord, SignatureView } from '@chartkeep/sync'

/** The account that wrote it: of what an owner took in late, whose it was. */
export function writerOf({ author, late }: Pick<ChartRecord, 'author' | 'late'>): string {
  return late?.account ?? author.account
}

/** Whether two records are of one account. */
export function isOfSameWriter(
  a: Pick<ChartRecord, 'author' | 'late'>,
  b: Pick<ChartRecord, 'author' | 'late'>,
): boolean {
  return writerOf(a) === writerOf(b)
}

/** Whether a signature says that the record is not to be relied on: one that does not hold does only where who wrote the record brought it. */
export function breaks({ state, by }: SignatureView, record: Pick<ChartRecord, 'author' | 'late'>): boolean {
  return state.type === 'broken' && by === writerOf(record)
}
