/** Whose records a file holds, and whether that is the person of a chart. */
export {
  comparePeople,
  factsOfFound,
  personFacts,
  toldFacts,
  type PersonComparison,
  type PersonFacts,
} from './compare-people.ts'
export { findPatients, type Belonging, type FoundPatient } from './people.ts'
