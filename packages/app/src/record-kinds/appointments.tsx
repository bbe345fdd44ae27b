/** Appointments. */
import { IconCalendar } from '@tabler/icons-react'
import { EMPTY_APPOINTMENT, RECORD_TYPES } from '@chartkeep/domain'
import { type FormWork, typedResource, typedValues } from '../app/entry/form-records.ts'
import { AppointmentForm } from '../record-forms/appointment-form.tsx'
import { correctsType, recordKind } from './record-kind.ts'

export const appointments = recordKind({
  icon: IconCalendar,
  words: { add: (t) => t('add.appointments'), thing: (t) => t('thing.appointments') },
  list: 'appointments',
  corrects: correctsType('Appointment'),
  isOffered: true,
  filter: null,
  section: null,
  Form: AppointmentsEntry,
})

function AppointmentsEntry({ common, initial, start, save }: FormWork) {
  return (
    <AppointmentForm
      {...common}
      initial={typedValues(
        RECORD,
        // The length is no clinical value; it can be seen and changed.
        initial ? RECORD.read(initial) : { ...EMPTY_APPOINTMENT, minutes: '30' },
      )}
      onSave={(values, reason) => save(typedResource(RECORD, values, start()), reason)}
    />
  )
}

const RECORD = RECORD_TYPES.Appointment.form
