/** What can still be read from a chart whose store is damaged, for a person to save. */

/** The readable records of one chart. */
export interface RescuedChart {
  name: string
  /** FHIR R4 Bundle of type `collection`, JSON text, each record verbatim. Not protected. */
  bundle: string
  records: number
  /** How many parts of the store could not be used, or were used although they contradicted the rest. */
  problems: number
}
