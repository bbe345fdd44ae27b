/** Allergies and intolerances. */
import { IconAlertCircle } from '@tabler/icons-react'
import {
  type AllergyForm,
  allergyForm,
  type Descriptor,
  instantText,
  type JsonObject,
  type JsonValue,
  RECORD_TYPES,
  SEVERITIES,
  stringsAt,
} from '@chartkeep/domain'
import type { TFunction } from 'i18next'
import { codeOf, dateOf, type FormWork, type Start, written } from '../app/entry/form-records.ts'
import { codeWord } from '../app/words/record-facts.ts'
import { dangerMark } from '../app/words/record-view.ts'
import { byName, lineOfRecord, currentRecordsIn } from '../app/words/summary-lines.ts'
import { en } from '../i18n/en/index.ts'
import { asWritten } from '../i18n/said.ts'
import { zh } from '../i18n/zh/index.ts'
import { dateEntry } from '../ui/fields/date-entry.ts'
import { AllergyForm as AllergyFields, type AllergyValues, EMPTY_ALLERGY } from '../record-forms/allergy-form.tsx'
import { correctsType, recordKind } from './record-kind.ts'
import { useTranslation } from 'react-i18next'

export const allergies = recordKind({
  icon: IconAlertCircle,
  words: { add: (t) => t('add.allergies'), thing: (t) => t('thing.allergies') },
  list: 'allergies',
  corrects: correctsType('AllergyIntolerance'),
  isOffered: true,
  filter: null,
  section: {
    title: (t) => t('collection.allergies'),
    lists: ['allergies'],
    lines: (source, unclear) =>
      currentRecordsIn(source, 'allergies', unclear)
        .map((record) => ({ ...lineOfRecord(record, source, allergyWords), when: asWritten(''), day: '' }))
        .toSorted((a, b) => Number(b.isHigh) - Number(a.isHigh) || byName(a, b)),
    ips: 'allergies',
    isPrintedAtFirst: true,
  },
  Form: AllergiesEntry,
})

function AllergiesEntry({ common, initial, start, save }: FormWork) {
  const { t } = useTranslation()
  return (
    <AllergyFields
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
}

const RECORD = RECORD_TYPES.AllergyIntolerance.form

/** `words` gives the text of a reaction key in the language of the person. */
export function allergyResource(values: AllergyValues, start: Start, words: (key: string) => string): JsonObject {
  const severity = values.severity as AllergyForm['reactions'][number]['severity']
  const texts = values.reactions.map(words)
  return written(RECORD, start, (before) => {
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

function allergyWords(resource: JsonValue, descriptor: Descriptor, t: TFunction): string[] {
  const codes = stringsAt(resource, 'verificationStatus', 'coding', 'code')
  // A translation may precede the code that has a word here.
  const sure = codes.find((code) => codeWord(code, t) !== code) ?? codes[0] ?? ''
  return [dangerMark(resource, t).word, descriptor.detail, sure === '' || sure === 'confirmed' ? '' : codeWord(sure, t)]
}
