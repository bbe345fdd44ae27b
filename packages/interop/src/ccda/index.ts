/** The text of a C-CDA document, for people to read. */
export {
  piecesIn,
  readCcda,
  type CcdaDocument,
  type CcdaSection,
  type NarrativeBlock,
  type TextRun,
  type TextStyle,
} from './ccda-document.ts'
