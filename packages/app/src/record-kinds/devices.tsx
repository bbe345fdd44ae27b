/** Implants and other devices in or on the person. */
import { IconHeartCog } from '@tabler/icons-react'
import { RECORD_TYPES, stringAt } from '@chartkeep/domain'
import { useTranslation } from 'react-i18next'
import { type FormWork, typedResource, typedValues } from '../app/entry/form-records.ts'
import { lineOfRecord, newestFirst, otherWords, recordsIn } from '../app/words/summary-lines.ts'
import { dateErrors, requiredError } from '../ui/forms/form-values.ts'
import { RecordForm } from '../ui/forms/record-form.tsx'
import { Row } from '../ui/forms/form-shell.tsx'
import { correctsType, recordKind, titlesOf } from './record-kind.ts'

const RECORD = RECORD_TYPES.Device.form
const STATES = ['active', 'inactive', 'unknown'] as const

export const devices = recordKind({
  icon: IconHeartCog,
  words: { add: (t) => t('add.devices'), thing: (t) => t('thing.devices') },
  list: 'conditions',
  corrects: correctsType('Device'),
  isOffered: true,
  filter: { label: (t) => t('list.devices'), types: ['Device'], hides: false },
  section: {
    title: (t) => t('summary.devices'),
    lists: ['conditions'],
    // A person may have two of the same: each is a line of its own.
    lines: (source) =>
      newestFirst(
        recordsIn(source, 'conditions').filter(
          (record) => record.type === 'Device' && source.views.isCurrent(record, source.now),
        ),
      ).map((record) =>
        lineOfRecord(record, source, (resource, descriptor, t) => {
          const number = stringAt(resource, 'serialNumber')
          return [
            descriptor.detail,
            number === '' ? '' : t('implant.serialIs', { number }),
            ...otherWords(resource, descriptor, t),
          ]
        }),
      ),
    ips: 'devices',
    isPrintedAtFirst: true,
  },
  Form: DeviceEntry,
})

function DeviceEntry({ common, initial, others, start, save }: FormWork) {
  const { t } = useTranslation()
  return (
    <RecordForm
      form={{
        ...common,
        suggestions: titlesOf(others, 'Device'),
        initial: typedValues(RECORD, initial ? RECORD.read(initial) : RECORD.empty),
        onSave: (values, reason) => save(typedResource(RECORD, values, start()), reason),
      }}
      validate={(values) => [
        ...requiredError('name', t('implant.name'), values.name, t),
        ...dateErrors('implantedOn', values.implantedOn, t),
      ]}
      more={({ lines }) => lines('note', t('form.notes'))}
    >
      {({ name, one, date, text }) => (
        <>
          {name('name', t('implant.name'), { description: t('implant.nameHint') })}
          {one(
            'status',
            t('implant.state'),
            STATES.map((value) => ({ value, label: t(`implant.${value}`) })),
          )}
          {date('implantedOn', t('implant.implantedOn'))}
          <Row>
            {text('maker', t('element.manufacturer'))}
            {text('model', t('element.modelNumber'))}
          </Row>
          <Row>
            {text('serial', t('element.serialNumber'))}
            {text('lot', t('element.lotNumber'))}
          </Row>
          {text('udi', t('element.udiCarrier'), { description: t('implant.udiHint') })}
        </>
      )}
    </RecordForm>
  )
}
