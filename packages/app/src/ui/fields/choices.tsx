/** One or several of a few answers as large pills: real radio buttons or checkboxes, nothing chosen in advance. */
import { useId } from 'react'
import { useTranslation } from 'react-i18next'
import styles from './choices.module.css'

/** An answer with its word. */
export interface Choice {
  value: string
  label: string
}

/** One answer, or none: a choice can be cleared again. */
export function ChooseOne({
  id,
  legend,
  choices,
  value,
  onChange,
  error,
  isOptional = true,
}: {
  id: string
  legend: string
  choices: readonly Choice[]
  value: string
  onChange: (value: string) => void
  error?: string | undefined
  isOptional?: boolean
}) {
  const { t } = useTranslation()
  const name = useId()
  return (
    <fieldset
      className={styles.field}
      id={id}
      tabIndex={-1}
      aria-describedby={error ? `${id}-error` : undefined}
      data-refused={error ? '' : undefined}
    >
      <legend>{legend}</legend>
      {error ? (
        <p className={styles.error} id={`${id}-error`}>
          {error}
        </p>
      ) : null}
      <div className={styles.choices}>
        {choices.map((choice) => (
          <label key={choice.value} className={styles.choice}>
            <input
              type="radio"
              name={name}
              value={choice.value}
              checked={choice.value === value}
              onChange={() => onChange(choice.value)}
            />
            <span>{choice.label}</span>
          </label>
        ))}
        {isOptional && value !== '' ? (
          <button type="button" className={styles.clear} onClick={() => onChange('')}>
            {t('form.clearChoice')}
          </button>
        ) : null}
      </div>
    </fieldset>
  )
}

/** Any number of answers. */
export function ChooseMany({
  id,
  legend,
  choices,
  values,
  onChange,
}: {
  id: string
  legend: string
  choices: readonly Choice[]
  values: readonly string[]
  onChange: (values: string[]) => void
}) {
  return (
    <fieldset className={styles.field} id={id}>
      <legend>{legend}</legend>
      <div className={styles.choices}>
        {choices.map((choice) => (
          <label key={choice.value} className={styles.choice}>
            <input
              type="checkbox"
              checked={values.includes(choice.value)}
              onChange={(event) =>
                onChange(
                  event.currentTarget.checked
                    ? [...values, choice.value]
                    : values.filter((value) => value !== choice.value),
                )
              }
            />
            <span>{choice.label}</span>
          </label>
        ))}
      </div>
    </fieldset>
  )
}
