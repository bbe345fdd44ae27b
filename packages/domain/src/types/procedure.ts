/** Something done to or for the person: an operation, a treatment, an examination (https://hl7.org/fhir/R4/procedure.html). */
import {
  changedProcedure,
  EMPTY_PROCEDURE,
  newProcedure,
  procedureForm,
  type ProcedureForm,
} from '../builders/procedure.ts'
import { Procedure } from '../schemas/procedure.ts'
import { IPS, withCode, withTime } from '../record-type/ips.ts'
import { dated, nothing, ONGOING, type RecordForm, recordType } from '../record-type/record-type.ts'
import { titled } from '../record-type/title-words.ts'

export const procedureType = recordType({
  type: 'Procedure',
  list: 'conditions',
  schema: { shape: Procedure, invariants: [] },
  title: titled(),
  code: [],
  date: dated('performedDateTime', 'performedPeriod'),
  status: { ...ONGOING, special: (code) => (code === 'completed' ? 'past' : null) },
  extent: null,
  value: null,
  detail: nothing,
  search: [],
  disputed: [],
  toldApart: null,
  mayHoldAllergen: false,
  mayBeAmended: true,
  ips: { sections: [IPS.procedures], completed: (record) => withCode(withTime(record, 'performed')) },
  form: {
    empty: EMPTY_PROCEDURE,
    read: procedureForm,
    make: newProcedure,
    change: changedProcedure,
    dates: ['date', 'end'],
    numbers: {},
    words: 'name',
  } satisfies RecordForm<ProcedureForm>,
})
