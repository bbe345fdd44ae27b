/** The form of a kind of record with what it begins with and what it saves. */
import {
  doseOf,
  EMPTY_APPOINTMENT,
  EMPTY_CONDITION,
  EMPTY_DOSE,
  EMPTY_FAMILY,
  EMPTY_PROCEDURE,
  EMPTY_RELATED_PERSON,
  stringAt,
} from '@chartkeep/domain'
import { useTranslation } from 'react-i18next'
import type { FormKind } from '../../app/chart/form-kinds.ts'
import { LabEntry } from '../../app/chart/lab-entry.tsx'
import type { FormWork } from '../../app/chart/form-records.ts'
import { useMedicineLooks } from '../../app/chart/medicine-looks.ts'
import { currentLanguage } from '../../i18n/index.ts'
import { en } from '../../i18n/en/index.ts'
import { zh } from '../../i18n/zh/index.ts'
import { localTime } from '../../ui/date-entry.ts'
import { AllergyForm, EMPTY_ALLERGY } from '../../ui/forms/allergy-form.tsx'
import { AppointmentForm } from '../../ui/forms/appointment-form.tsx'
import { ConditionForm } from '../../ui/forms/condition-form.tsx'
import { ContactsForm } from '../../ui/forms/contacts-form.tsx'
import { DocumentForm } from '../../ui/forms/document-form.tsx'
import { DoseForm } from '../../ui/forms/dose-form.tsx'
import { FamilyForm } from '../../ui/forms/family-form.tsx'
import { EMPTY_IMMUNIZATION, ImmunizationForm } from '../../ui/forms/immunization-form.tsx'
import { EMPTY_MEDICATION, MedicationForm } from '../../ui/forms/medication-form.tsx'
import { ProcedureForm } from '../../ui/forms/procedure-form.tsx'
import { EMPTY_PROFILE, ProfileForm } from '../../ui/forms/profile-form.tsx'
import { RelatedForm } from '../../ui/forms/related-form.tsx'
import { EMPTY_VITAL, VitalForm } from '../../ui/forms/vital-form.tsx'
import { vaccineNames } from '../../app/chart/vaccine-codes.ts'
import {
  allergyResource,
  allergyValues,
  immunizationResource,
  immunizationValues,
  medicationResource,
  medicationValues,
  profileResource,
  profileValues,
} from './resources.ts'
import {
  APPOINTMENT,
  CONDITION,
  conditionResource,
  contactsResource,
  contactsValues,
  documentResource,
  documentValues,
  DOSE,
  FAMILY,
  familyResource,
  familyValues,
  PROCEDURE,
  RELATED,
  typedResource,
  typedValues,
  vitalResource,
  vitalValues,
} from './typed-resources.ts'

/** A medicine beside what the chart says of its name: the record that is corrected is no other medicine. */
function Medicine({ common, initial, id, start, save, suggestions }: FormWork & { suggestions: readonly string[] }) {
  const looks = useMedicineLooks()
  return (
    <MedicationForm
      {...common}
      suggestions={suggestions}
      looksOf={(name) => looks.ofName(name, id)}
      initial={initial ? medicationValues(initial) : EMPTY_MEDICATION}
      onSave={(values, reason) => save(medicationResource(values, start()), reason)}
    />
  )
}

/** A document begins with its file, so there is no form for a new one. */
export function FormOfKind({ kind, work }: { kind: FormKind; work: FormWork }) {
  const { t } = useTranslation()
  const { common, initial, others, views, about, start, save } = work
  const titlesOf = (...types: string[]) => [
    ...new Set(others.filter(({ type }) => types.includes(type)).map(({ title }) => title)),
  ]
  switch (kind) {
    case 'allergies':
      return (
        <AllergyForm
          {...common}
          initial={initial ? allergyValues(initial, reactionKey) : EMPTY_ALLERGY}
          onSave={(values, reason) =>
            save(
              allergyResource(values, start(), (key) => (isReaction(key) ? t(`reaction.${key}`) : key)),
              reason,
            )
          }
        />
      )
    case 'medications':
      return <Medicine {...work} suggestions={titlesOf('MedicationStatement', 'MedicationRequest')} />
    case 'doses': {
      const now = { ...(about ? doseOf(about.resource, about.reference) : EMPTY_DOSE), at: localTime(new Date()) }
      return (
        <DoseForm
          {...common}
          suggestions={titlesOf('MedicationStatement', 'MedicationRequest')}
          initial={typedValues(DOSE, initial ? DOSE.read(initial) : now)}
          onSave={(values, reason) => save(typedResource(DOSE, values, start()), reason)}
        />
      )
    }
    case 'immunizations':
      return (
        <ImmunizationForm
          {...common}
          suggestions={[...new Set([...common.suggestions, ...vaccineNames(currentLanguage())])]}
          initial={initial ? immunizationValues(initial) : EMPTY_IMMUNIZATION}
          onSave={(values, reason) => save(immunizationResource(values, start()), reason)}
        />
      )
    case 'labs':
      return <LabEntry {...work} />
    case 'vitals':
      return (
        <VitalForm
          {...common}
          initial={initial ? vitalValues(initial) : EMPTY_VITAL}
          onSave={(values, reason) => save(vitalResource(values, start()), reason)}
        />
      )
    case 'conditions':
      return (
        <ConditionForm
          {...common}
          suggestions={titlesOf('Condition')}
          initial={typedValues(CONDITION, initial ? CONDITION.read(initial) : EMPTY_CONDITION)}
          onSave={(values, reason) => save(conditionResource(values, start()), reason)}
        />
      )
    case 'procedures':
      return (
        <ProcedureForm
          {...common}
          suggestions={titlesOf('Procedure')}
          initial={typedValues(PROCEDURE, initial ? PROCEDURE.read(initial) : EMPTY_PROCEDURE)}
          onSave={(values, reason) => save(typedResource(PROCEDURE, values, start()), reason)}
        />
      )
    case 'family':
      return (
        <FamilyForm
          {...common}
          initial={familyValues(initial ? FAMILY.read(initial) : EMPTY_FAMILY)}
          onSave={(values, reason) => save(familyResource(values, start()), reason)}
        />
      )
    case 'appointments':
      return (
        <AppointmentForm
          {...common}
          initial={typedValues(
            APPOINTMENT,
            // The length is no clinical value; it can be seen and changed.
            initial ? APPOINTMENT.read(initial) : { ...EMPTY_APPOINTMENT, minutes: '30' },
          )}
          onSave={(values, reason) => save(typedResource(APPOINTMENT, values, start()), reason)}
        />
      )
    case 'contacts':
      return (
        <ContactsForm
          {...common}
          initial={initial ? contactsValues(initial) : { contacts: [] }}
          onSave={(values, reason) => save(contactsResource(values, start(), common.person.name), reason)}
        />
      )
    case 'profile':
      return (
        <ProfileForm
          {...common}
          initial={initial ? profileValues(initial) : EMPTY_PROFILE}
          onSave={(values, reason) => save(profileResource(values, start()), reason)}
        />
      )
    case 'related':
      return (
        <RelatedForm
          {...common}
          initial={initial ? RELATED.read(initial) : EMPTY_RELATED_PERSON}
          onSave={(values, reason) => save(typedResource(RELATED, values, start()), reason)}
        />
      )
    case 'documents':
      return initial === null ? null : (
        <DocumentForm
          {...common}
          suggestions={[...new Set(others.map((other) => stringAt(views.of(other).resource, 'type', 'text')))].filter(
            Boolean,
          )}
          initial={documentValues(initial)}
          onSave={(values, reason) => save(documentResource(values, start()), reason)}
        />
      )
  }
}

type Reaction = keyof typeof en.reaction

function isReaction(key: string): key is Reaction {
  return Object.hasOwn(en.reaction, key)
}

/** The key of a reaction's word in either language; other words stay themselves. */
function reactionKey(text: string): string {
  const found = (Object.keys(en.reaction) as Reaction[]).find(
    (key) => en.reaction[key] === text || zh.reaction[key] === text,
  )
  return found ?? text
}
