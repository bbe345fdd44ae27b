/** Procedures. */
import { IconScissors } from '@tabler/icons-react'
import { EMPTY_PROCEDURE, RECORD_TYPES } from '@chartkeep/domain'
import { type FormWork, typedResource, typedValues } from '../app/entry/form-records.ts'
import { lineOfRecord, onceEach, otherWords, recordsIn } from '../app/words/summary-lines.ts'
import { ProcedureForm } from '../record-forms/procedure-form.tsx'
import { correctsType, recordKind, titlesOf } from './record-kind.ts'

export const procedures = recordKind({
  icon: IconScissors,
  words: { add: (t) => t('add.procedures'), thing: (t) => t('thing.procedures') },
  list: 'conditions',
  corrects: correctsType('Procedure'),
  isOffered: true,
  filter: { label: (t) => t('list.procedures'), types: ['Procedure'], hides: false },
  section: {
    title: (t) => t('summary.procedures'),
    lists: ['conditions'],
    lines: (source) =>
      onceEach(
        recordsIn(source, 'conditions').filter(({ type, status }) => type === 'Procedure' && status !== 'not-done'),
      ).map(({ newest, count }) => lineOfRecord(newest, source, otherWords, count)),
    ips: 'procedures',
    isPrintedAtFirst: false,
  },
  Form: ProceduresEntry,
})

function ProceduresEntry({ common, initial, others, start, save }: FormWork) {
  return (
    <ProcedureForm
      {...common}
      suggestions={titlesOf(others, 'Procedure')}
      initial={typedValues(RECORD, initial ? RECORD.read(initial) : EMPTY_PROCEDURE)}
      onSave={(values, reason) => save(typedResource(RECORD, values, start()), reason)}
    />
  )
}

const RECORD = RECORD_TYPES.Procedure.form
