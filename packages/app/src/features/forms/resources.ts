/**
 * Between what the screens' forms hold (texts as typed) and the forms of the domain, which write and read FHIR. Dates are
 * read here with the precision that was typed; choices that were not made stay not given.
 */
import {
  allergyForm,
  type AllergyForm,
  changedAllergy,
  changedImmunization,
  changedMedication,
  changedPatient,
  DAYS_OF_WEEK,
  EMPTY_ALLERGY,
  EMPTY_IMMUNIZATION,
  EMPTY_MEDICATION,
  EMPTY_PATIENT,
  type ImmunizationForm,
  immunizationForm,
  instantText,
  type JsonObject,
  type MedicationForm,
  medicationForm,
  newAllergy,
  newImmunization,
  newMedication,
  newPatient,
  type PatientForm,
  patientForm,
  SEVERITIES,
} from '@chartkeep/domain'
import { codeOf, dateOf, type Kind, numberOf, type Start, written } from '../../app/chart/form-records.ts'
import { dateEntry } from '../../ui/date-entry.ts'
import type { AllergyValues } from '../../ui/forms/allergy-form.tsx'
import type { ImmunizationValues } from '../../ui/forms/immunization-form.tsx'
import { type MedicationValues, timesOf } from '../../ui/forms/medication-form.tsx'
import type { ProfileValues } from '../../ui/forms/profile-form.tsx'
import { vaccineCode } from '../../app/chart/vaccine-codes.ts'

const ALLERGY: Kind<AllergyForm> = {
  empty: EMPTY_ALLERGY,
  read: allergyForm,
  make: newAllergy,
  change: changedAllergy,
}
const MEDICATION: Kind<MedicationForm> = {
  empty: EMPTY_MEDICATION,
  read: medicationForm,
  make: newMedication,
  change: changedMedication,
}
const IMMUNIZATION: Kind<ImmunizationForm> = {
  empty: EMPTY_IMMUNIZATION,
  read: immunizationForm,
  make: newImmunization,
  change: changedImmunization,
}
export const PATIENT: Kind<PatientForm> = {
  empty: EMPTY_PATIENT,
  read: patientForm,
  make: newPatient,
  change: changedPatient,
}

/** `words` gives the text of a reaction key in the language of the person. */
export function allergyResource(values: AllergyValues, start: Start, words: (key: string) => string): JsonObject {
  const severity = values.severity as AllergyForm['reactions'][number]['severity']
  const texts = values.reactions.map(words)
  return written(ALLERGY, start, (before) => {
    const worst = before ? worstOf(before.reactions) : ''
    const isTold = before?.reactions.some((old) => old.severity === severity && texts.includes(old.manifestation))
    return {
      substance: values.substance.trim(),
      code: codeOf(before, ({ substance }) => substance === values.substance.trim()),
      category: values.category as AllergyForm['category'],
      criticality: values.criticality as AllergyForm['criticality'],
      // FHIR wants a clinical status; writing an allergy down says that it is so until the person says otherwise.
      clinicalStatus: (values.status || before?.clinicalStatus || 'active') as AllergyForm['clinicalStatus'],
      onset: dateOf(values.onset, before?.onset),
      recorded: before?.recorded || instantText(start.now),
      reactions: (texts.length === 0 && severity !== '' ? [''] : texts).map((manifestation) => {
        const known = before?.reactions.find((reaction) => reaction.manifestation === manifestation)
        // The answer is about the worst time: reactions that were not as bad keep what was recorded of them.
        const isMeant = severity !== worst && (known?.severity === worst || isWorse(known?.severity ?? '', severity))
        if (known) return isMeant ? { ...known, severity } : known
        return { manifestation, severity: isTold ? '' : severity, date: '' }
      }),
      note: values.notes.trim(),
    }
  })
}

const RANKS = ['', ...SEVERITIES.toReversed()]

function isWorse(one: AllergyForm['reactions'][number]['severity'], other: typeof one): boolean {
  return RANKS.indexOf(one) > RANKS.indexOf(other)
}

function worstOf(reactions: AllergyForm['reactions']): AllergyForm['reactions'][number]['severity'] {
  return reactions.map(({ severity }) => severity).reduce((worst, one) => (isWorse(one, worst) ? one : worst), '')
}

/** `keyOf` finds the key of a reaction's text in either language; other texts stay the person's own. */
export function allergyValues(resource: JsonObject, keyOf: (text: string) => string): AllergyValues {
  const form = allergyForm(resource)
  return {
    substance: form.substance,
    category: form.category,
    reactions: form.reactions.map((reaction) => keyOf(reaction.manifestation)).filter(Boolean),
    severity: worstOf(form.reactions),
    criticality: form.criticality,
    onset: dateEntry(form.onset),
    status: form.clinicalStatus,
    notes: form.note,
  }
}

export function medicationResource(values: MedicationValues, start: Start): JsonObject {
  return written(MEDICATION, start, (before) => ({
    name: values.name.trim(),
    code: codeOf(before, ({ name }) => name === values.name.trim()),
    dose: numberOf(values.dose, before?.dose, 'dose'),
    frequency: values.frequency.trim(),
    times: timesOf(values.times) ?? [],
    days: DAYS_OF_WEEK.filter((day) => values.days.includes(day)),
    everyDays: everyDaysOf(numberOf(values.everyDays, before?.everyDays)),
    asNeeded: values.asNeeded,
    route: values.route.trim(),
    status: values.status as MedicationForm['status'],
    start: dateOf(values.start, before?.start),
    end: dateOf(values.end, before?.end),
    reason: values.reason.trim(),
    supplyUntil: dateOf(values.supplyUntil, before?.supplyUntil),
    note: values.notes.trim(),
  }))
}

/** Every day is no number of days. */
function everyDaysOf(days: string): string {
  return days === '1' ? '' : days
}

export function medicationValues(resource: JsonObject): MedicationValues {
  const form = medicationForm(resource)
  return {
    name: form.name,
    dose: form.dose,
    frequency: form.frequency,
    times: form.times.join(', '),
    days: [...form.days],
    everyDays: form.everyDays,
    asNeeded: form.asNeeded,
    route: form.route,
    status: form.status,
    start: dateEntry(form.start),
    end: dateEntry(form.end),
    reason: form.reason,
    supplyUntil: dateEntry(form.supplyUntil),
    notes: form.note,
  }
}

export function immunizationResource(values: ImmunizationValues, start: Start): JsonObject {
  return written(IMMUNIZATION, start, (before) => ({
    vaccine: values.vaccine.trim(),
    code: before?.vaccine === values.vaccine.trim() ? before.code : vaccineCode(values.vaccine),
    // Not chosen means given, as a vaccine that is written down nearly always was; the record says so in words.
    status: values.status === 'not-done' ? ('not-done' as const) : ('completed' as const),
    statusReason: values.status === 'not-done' ? values.statusReason.trim() : '',
    date: dateOf(values.given, before?.date),
    doseNumber: numberOf(values.doseNumber, before?.doseNumber),
    lotNumber: values.lot.trim(),
    performer: values.performer.trim(),
    site: values.site.trim(),
    nextDue: dateOf(values.nextDue, before?.nextDue),
    note: values.notes.trim(),
  }))
}

export function immunizationValues(resource: JsonObject): ImmunizationValues {
  const form = immunizationForm(resource)
  return {
    vaccine: form.vaccine,
    status: form.status,
    statusReason: form.statusReason,
    given: dateEntry(form.date),
    doseNumber: form.doseNumber,
    lot: form.lotNumber,
    performer: form.performer,
    site: form.site,
    nextDue: dateEntry(form.nextDue),
    notes: form.note,
  }
}

export function profileResource(values: ProfileValues, start: Start): JsonObject {
  const number = values.recordNumber.trim()
  return written(PATIENT, start, (before) => {
    const [first, ...others] = before?.recordNumbers ?? []
    return {
      name: values.name.trim(),
      birthDate: dateOf(values.birthDate, before?.birthDate),
      gender: values.gender as PatientForm['gender'],
      phone: values.phone.trim(),
      email: values.email.trim(),
      sexAtBirth: values.sexAtBirth as PatientForm['sexAtBirth'],
      bloodType: values.bloodType,
      clinic: values.clinic.trim(),
      recordNumbers: [...(number === '' ? [] : [{ assigner: first?.assigner ?? '', value: number }]), ...others],
    }
  })
}

export function profileValues(resource: JsonObject): ProfileValues {
  const form = patientForm(resource)
  return {
    name: form.name,
    birthDate: form.birthDate,
    gender: form.gender,
    phone: form.phone,
    email: form.email,
    sexAtBirth: form.sexAtBirth,
    bloodType: form.bloodType,
    clinic: form.clinic,
    recordNumber: form.recordNumbers[0]?.value ?? '',
  }
}
