/** What a person has to fix before saving: takes the focus, is announced, links to each field (NHS and GOV.UK pattern). */
import { useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { StatusIcon } from '../display/status-mark.tsx'
import styles from './error-summary.module.css'

/** A field by its id, and what is wrong with it. */
export interface FieldError {
  field: string
  message: string
  /** What the screen calls the field, where the message does not say it. */
  label?: string
}

/** What is wrong with a field; undefined for nothing. */
export function errorOf(errors: readonly FieldError[], field: string): string | undefined {
  return errors.find((each) => each.field === field)?.message
}

/** Shown after a refused save; `attempt` changes with each try, so that the focus comes back. */
export function ErrorSummary({ errors, attempt }: { errors: readonly FieldError[]; attempt: number }) {
  const { t } = useTranslation()
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (errors.length > 0) box.current?.focus()
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- only when a save was refused, not while fields are being fixed
  }, [attempt])
  if (errors.length === 0) return null
  return (
    <div ref={box} className={styles.summary} role="alert" tabIndex={-1} data-refused="">
      <h2>
        <StatusIcon status="danger" size={22} />
        {t('error.summary', { count: errors.length })}
      </h2>
      <p>{t('error.kept')}</p>
      <ul>
        {errors.map((error) => (
          <li key={error.field}>
            <a
              className="ck-alone"
              href={`#${error.field}`}
              onClick={(event) => {
                event.preventDefault()
                document.getElementById(error.field)?.focus()
              }}
            >
              {error.label !== undefined && !error.message.includes(error.label)
                ? t('joined.label', { label: error.label, text: error.message })
                : error.message}
            </a>
          </li>
        ))}
      </ul>
    </div>
  )
}
