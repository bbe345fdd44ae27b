/** Tables of laboratory results as text (CSV): what the columns mean, and the results. */
export {
  holdsResults,
  proposeMapping,
  type TableFault,
  type TableMapping,
  type TableProposal,
  type TableQuestion,
} from './table-mapping.ts'
export { textOfTable } from './table-text.ts'
export { tableResults, type RowFault, type RowSkip, type TableRecord, type TableResults } from './table-results.ts'
export type { ColumnUse } from './column-words.ts'
