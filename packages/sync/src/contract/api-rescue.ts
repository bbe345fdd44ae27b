/** What can still be read from a chart whose store is damaged, for a person to save. */

/** The records of one chart, as far as they opened. */
export interface RescuedChart {
  name: string
  /** FHIR R4 Bundle of type `collection`, JSON text, each record verbatim. Not protected. */
  bundle: string
  records: number
  /** How many places of the store could not be used, or were used although they did not fit the rest. */
  problems: number
}
