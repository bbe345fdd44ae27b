/** Tables of laboratory results as text (CSV): what the columns mean, and the results. */
export { holdsResults, proposeMapping, type TableProposal } from './table-mapping.ts'
export { textOfTable } from './table-text.ts'
export { tableResults } from './table-results.ts'
