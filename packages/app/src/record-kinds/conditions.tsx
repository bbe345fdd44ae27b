/** Conditions. */
import { IconClipboardHeart } from '@tabler/icons-react'
import { type ConditionForm, EMPTY_CONDITION, instantText, type JsonObject, RECORD_TYPES } from '@chartkeep/domain'
import { type FormWork, type Start, typedResource, typedValues } from '../app/entry/form-records.ts'
import { lineOfRecord, newestFirst, otherWords, currentRecordsIn } from '../app/words/summary-lines.ts'
import { ConditionForm as ConditionFields } from '../record-forms/condition-form.tsx'
import { correctsType, recordKind, titlesOf } from './record-kind.ts'

export const conditions = recordKind({
  icon: IconClipboardHeart,
  words: { add: (t) => t('add.conditions'), thing: (t) => t('thing.conditions') },
  list: 'conditions',
  corrects: correctsType('Condition'),
  isOffered: true,
  filter: { label: (t) => t('collection.conditions'), types: ['Condition'], hides: false },
  section: {
    title: (t) => t('collection.conditions'),
    lists: ['conditions'],
    lines: (source, unclear) =>
      newestFirst(currentRecordsIn(source, 'conditions', unclear).filter((record) => record.type === 'Condition')).map(
        (record) => lineOfRecord(record, source, otherWords),
      ),
    ips: 'problems',
    isPrintedAtFirst: true,
  },
  Form: ConditionsEntry,
})

function ConditionsEntry({ common, initial, others, start, save }: FormWork) {
  return (
    <ConditionFields
      {...common}
      suggestions={titlesOf(others, 'Condition')}
      initial={typedValues(RECORD, initial ? RECORD.read(initial) : EMPTY_CONDITION)}
      onSave={(values, reason) => save(conditionResource(values, start()), reason)}
    />
  )
}

const RECORD = RECORD_TYPES.Condition.form

export function conditionResource(values: ConditionForm, start: Start): JsonObject {
  return typedResource(RECORD, values, start, (before) => ({
    recorded: before === null ? instantText(start.now) : before.recorded,
  }))
}
