/**
 * Two versions of one record side by side: only what differs is marked, both with who, device and time, the version
 * before, and the choice A, B or combined field by field. Nothing is preselected; "not now" is fine.
 */
import { Button, TextInput } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Card } from './card.tsx'
import { ChooseOne } from './choices.tsx'
import { ErrorSummary, type FieldError } from './error-summary.tsx'
import { StatusMark } from './status-mark.tsx'
import styles from './conflict-view.module.css'

/** Who wrote a version, on what, when. */
export interface VersionLabel {
  who: string
  device: string
  time: string
}

/** One field of the record in both versions and before; texts ready for people, '' = not given. */
export interface ConflictField {
  key: string
  label: string
  a: string
  b: string
  before: string
}

/** What the person chose: a whole version, or for each differing field one of them. */
export type ConflictChoice = { type: 'a' } | { type: 'b' } | { type: 'combine'; picks: Record<string, 'a' | 'b'> }

/** `dose` puts the safety sentence above; `fields` hold all fields, equal ones fold away. */
export function ConflictView({
  title,
  warning,
  a,
  b,
  fields,
  onChoose,
  onLater,
}: {
  title: string
  warning?: string
  a: VersionLabel
  b: VersionLabel
  fields: readonly ConflictField[]
  onChoose: (choice: ConflictChoice, reason: string) => Promise<void> | void
  onLater: () => void
}) {
  const { t } = useTranslation()
  const [choice, setChoice] = useState('')
  const [picks, setPicks] = useState<Record<string, 'a' | 'b'>>({})
  const [reason, setReason] = useState('')
  const [errors, setErrors] = useState<FieldError[]>([])
  const [attempt, setAttempt] = useState(0)
  const differing = fields.filter((field) => field.a !== field.b)
  const same = fields.filter((field) => field.a === field.b)

  const decide = () => {
    setAttempt((before) => before + 1)
    const missing = differing.filter((field) => picks[field.key] === undefined)
    if (choice === '') return setErrors([{ field: 'which', message: t('conflict.chooseMissing') }])
    if (choice === 'combine' && missing.length > 0) {
      return setErrors(
        missing.map((field) => ({
          field: `pick-${field.key}`,
          message: t('conflict.pickMissing', { field: field.label }),
        })),
      )
    }
    setErrors([])
    void onChoose(choice === 'combine' ? { type: 'combine', picks } : { type: choice === 'a' ? 'a' : 'b' }, reason)
  }

  return (
    <div>
      <h1 tabIndex={-1} id="screen-title" className={styles.title}>
        {title}
      </h1>
      <p>{warning ?? t('conflict.intro')}</p>
      <ErrorSummary errors={errors} attempt={attempt} />
      <div className={styles.versions}>
        <Version letter="A" label={a} fields={differing} side="a" />
        <Version letter="B" label={b} fields={differing} side="b" />
      </div>
      {differing.some((field) => field.before !== '') ? (
        <Card title={t('conflict.before')}>
          <dl className={styles.fields}>
            {differing.map((field) => (
              <div key={field.key}>
                <dt>{field.label}</dt>
                <dd>{field.before || t('conflict.empty')}</dd>
              </div>
            ))}
          </dl>
        </Card>
      ) : null}
      {same.length > 0 ? (
        <details className={styles.same}>
          <summary>{t('conflict.showSame')}</summary>
          <dl className={styles.fields}>
            {same.map((field) => (
              <div key={field.key}>
                <dt>{field.label}</dt>
                <dd>{field.a || t('conflict.empty')}</dd>
              </div>
            ))}
          </dl>
        </details>
      ) : null}
      <div className={styles.decide}>
        <ChooseOne
          id="which"
          legend={t('conflict.whichTitle')}
          value={choice}
          onChange={setChoice}
          choices={[
            { value: 'a', label: t('conflict.keepA') },
            { value: 'b', label: t('conflict.keepB') },
            ...(differing.length > 1 ? [{ value: 'combine', label: t('conflict.combine') }] : []),
          ]}
        />
        {choice === 'combine'
          ? differing.map((field) => (
              <ChooseOne
                key={field.key}
                id={`pick-${field.key}`}
                legend={t('conflict.pick', { field: field.label })}
                value={picks[field.key] ?? ''}
                onChange={(side) =>
                  setPicks((before) => {
                    const after = { ...before }
                    if (side === '') delete after[field.key]
                    else after[field.key] = side === 'a' ? 'a' : 'b'
                    return after
                  })
                }
                choices={[
                  { value: 'a', label: `A: ${field.a || t('conflict.empty')}` },
                  { value: 'b', label: `B: ${field.b || t('conflict.empty')}` },
                ]}
              />
            ))
          : null}
        <TextInput
          label={t('conflict.reason')}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
          autoComplete="off"
        />
        <div className={styles.deeds}>
          <Button onClick={decide}>{t('conflict.choose')}</Button>
          <Button variant="default" onClick={onLater}>
            {t('deed.notNow')}
          </Button>
        </div>
      </div>
    </div>
  )
}

function Version({
  letter,
  label,
  fields,
  side,
}: {
  letter: string
  label: VersionLabel
  fields: readonly ConflictField[]
  side: 'a' | 'b'
}) {
  const { t } = useTranslation()
  return (
    <Card title={t('conflict.version', { letter })} aside={<span className={styles.time}>{label.time}</span>}>
      <p className={styles.who}>{[label.who, label.device].filter(Boolean).join(', ')}</p>
      <dl className={styles.fields}>
        {fields.map((field) => (
          <div key={field.key}>
            <dt>{field.label}</dt>
            <dd>
              <strong className={styles.value}>{field[side] || t('conflict.empty')}</strong>
              <StatusMark status="attention">{t('conflict.differs')}</StatusMark>
            </dd>
          </div>
        ))}
      </dl>
    </Card>
  )
}
