/** Add or correct a relative: who, which illnesses and at what age; the rest under More. Names are not asked for first. */
import { type FamilyForm as FamilyFields, type Relative, RELATIVES } from '@chartkeep/domain'
import { Checkbox } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { Row } from '../ui/forms/form-shell.tsx'
import { dateErrors, type FormProps, requiredError, wholeErrors } from '../ui/forms/form-values.ts'
import { RecordForm } from '../ui/forms/record-form.tsx'
import { TextRows } from '../ui/forms/text-rows.tsx'

/** `relationship` is a code of RELATIVES or {@link OTHER_RELATIVE}, which the words next to it explain. */
export interface FamilyValues extends FamilyFields {
  otherRelative: string
}

/** The choice that opens a field for words. */
export const OTHER_RELATIVE = 'other'

const AGES = { least: 0, most: 999 }

/** See {@link FormProps}. */
export function FamilyForm(form: FormProps<FamilyValues>) {
  const { t } = useTranslation()
  const relatives = Object.keys(RELATIVES) as Relative[]
  return (
    <RecordForm
      form={form}
      validate={(values) => [
        ...requiredError('relationship', t('family.who'), values.relationship, t),
        ...(values.relationship === OTHER_RELATIVE
          ? requiredError('otherRelative', t('family.whoElse'), values.otherRelative, t)
          : []),
        ...values.conditions.flatMap(({ age }, index) =>
          wholeErrors(`conditions-${index}-age`, t('family.age'), { value: age, ...AGES }, t),
        ),
        ...wholeErrors('deathAge', t('family.deathAge'), { value: values.deathAge, ...AGES }, t),
        ...dateErrors('born', values.born, t),
      ]}
      more={({ values, text, date, one, lines }) => (
        <>
          {text('name', t('family.name'))}
          {date('born', t('family.born'), { isOthers: true })}
          {one('deceased', t('family.deceased'), [
            { value: 'no', label: t('answer.no') },
            { value: 'yes', label: t('answer.yes') },
          ])}
          {values.deceased === 'yes'
            ? text('deathAge', t('family.deathAge'), { inputMode: 'numeric', reads: 'number' })
            : null}
          {lines('note', t('form.notes'))}
        </>
      )}
    >
      {({ values, set, errorOf, one, text }) => (
        <>
          {one('relationship', t('family.who'), [
            ...relatives.map((value) => ({ value, label: t(`relative.${value}`) })),
            { value: OTHER_RELATIVE, label: t('relative.other') },
          ])}
          {values.relationship === OTHER_RELATIVE ? text('otherRelative', t('family.whoElse')) : null}
          {values.isUnknown ? null : (
            <TextRows
              id="conditions"
              legend={t('family.illnesses')}
              rows={values.conditions.map((row) => ({ ...row }))}
              columns={[
                { name: 'name', label: t('family.illness') },
                { name: 'age', label: t('family.age'), inputMode: 'numeric' },
              ]}
              addLabel={t('family.addIllness')}
              errorOf={errorOf}
              onChange={(conditions) => set({ conditions })}
            />
          )}
          <Row>
            <Checkbox
              id="isUnknown"
              label={t('family.unknown')}
              checked={values.isUnknown}
              onChange={(event) => set({ isUnknown: event.currentTarget.checked })}
            />
          </Row>
        </>
      )}
    </RecordForm>
  )
}
