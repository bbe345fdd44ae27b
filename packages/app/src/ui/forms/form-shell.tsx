/**
 * What all forms share: whose chart, error summary, the few fields most need, the rest under More, a reason when it is a
 * correction, and the save button with the person's name. Checks on saving, keeps what was typed.
 */
import { Button, Checkbox, TextInput } from '@mantine/core'
import { Children, type FormEvent, type ReactNode, use, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ErrorSummary, type FieldError } from '../fields/error-summary.tsx'
import { useFieldErrors } from '../fields/use-field-errors.ts'
import { FormPrivacyContext } from './form-privacy.ts'
import { type PersonLabel, PersonStrip } from '../display/person-chip.tsx'
import { StatusMark } from '../display/status-mark.tsx'
import styles from './form-shell.module.css'

/** `validate` answers with the fields to fix; `onSave` runs only when there are none. `more` folds away. */
export function FormShell({
  person,
  validate,
  onSave,
  isCorrection = false,
  reason = '',
  onReason,
  more,
  isMoreOpen = false,
  saveLabel,
  children,
}: {
  person: PersonLabel
  validate: () => FieldError[]
  onSave: () => Promise<void> | void
  isCorrection?: boolean
  reason?: string
  onReason?: (reason: string) => void
  more?: (errorOf: (field: string) => string | undefined) => ReactNode
  isMoreOpen?: boolean
  saveLabel?: string
  children: (errorOf: (field: string) => string | undefined) => ReactNode
}) {
  const { t } = useTranslation()
  const privacy = use(FormPrivacyContext)
  const { errors, attempt, errorOf, refuse } = useFieldErrors()
  const [isSaving, setSaving] = useState(false)
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    const found = validate()
    if (refuse(found)) return
    setSaving(true)
    try {
      await onSave()
    } finally {
      setSaving(false)
    }
  }
  const inSight = new Set<string>()
  const fields = children((field) => {
    inSight.add(field)
    return errorOf(field)
  })
  // A field to fix may be under More.
  const isErrorFolded = errors.some(({ field }) => !inSight.has(field))
  return (
    <form className={styles.form} onSubmit={(event) => void submit(event)} noValidate autoComplete="off">
      <PersonStrip person={person} />
      <ErrorSummary errors={errors} attempt={attempt} />
      <div className={styles.fields}>{fields}</div>
      {more ? (
        <details className={styles.more} open={isMoreOpen || isErrorFolded || undefined}>
          <summary>{t('form.more')}</summary>
          <div className={styles.fields}>{more(errorOf)}</div>
        </details>
      ) : null}
      {isCorrection && onReason ? (
        <TextInput
          className={styles.reason}
          label={t('form.correctionReason')}
          value={reason}
          onChange={(event) => onReason(event.currentTarget.value)}
          autoComplete="off"
        />
      ) : null}
      {privacy ? (
        <Checkbox
          className={styles.reason}
          label={<StatusMark status="private">{t('private.only')}</StatusMark>}
          description={t('private.onlyHint')}
          checked={privacy.isPrivate}
          onChange={(event) => privacy.onChange(event.currentTarget.checked)}
        />
      ) : null}
      <div className={styles.save}>
        <Button type="submit" fullWidth loading={isSaving}>
          {saveLabel ?? t('deed.saveTo', { name: person.name })}
        </Button>
      </div>
    </form>
  )
}

/** Two fields next to each other where there is room; a line below one of them does not move the other. */
export function Row({ children }: { children: ReactNode }) {
  return (
    <div className={styles.row}>
      {Children.toArray(children).map((child, index) => (
        // Fields of a row stay in their places.
        // oxlint-disable-next-line react/no-array-index-key
        <div key={index} className={styles.cell}>
          {child}
        </div>
      ))}
    </div>
  )
}
