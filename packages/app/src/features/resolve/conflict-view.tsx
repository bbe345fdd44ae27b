/**
 * Two or more versions of one record side by side: only what differs is marked, each with who, device and time, the version
 * before, and the choice of one of them, or combined field by field. Nothing is preselected; "not now" is fine.
 */
import { Button, TextInput } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Card } from '../../ui/display/card.tsx'
import { ChooseOne } from '../../ui/fields/choices.tsx'
import { ErrorSummary } from '../../ui/fields/error-summary.tsx'
import { useFieldErrors } from '../../ui/fields/use-field-errors.ts'
import { StatusMark } from '../../ui/display/status-mark.tsx'
import styles from './conflict-view.module.css'

/** Who wrote a version, on what, when. `note`: what else must be known of it. */
export interface VersionLabel {
  who: string
  device: string
  time: string
  note?: string
}

/** One field of the record in each version and before; texts ready for people, '' = not given. */
export interface ConflictField {
  key: string
  label: string
  /** In the order of the versions. */
  values: readonly string[]
  before: string
}

/** What the person chose: a whole version by its place, or for each differing field the place of one. */
export type ConflictChoice = { type: 'one'; place: number } | { type: 'combine'; picks: Record<string, number> }

type OnChoose = (choice: ConflictChoice) => Promise<void>

const letterOf = (place: number) => String.fromCodePoint(65 + place)
const differs = ({ values }: ConflictField) => values.some((value) => value !== values[0])

/**
 * `intro`: the safety sentence where there is one. `fields` hold all fields, equal ones fold away. `onChoose`: null where others decide; a place
 * chosen among these versions is one of no others: those need another view. `note`: what must be known where one chooses, far below the versions
 * on a phone.
 */
export function ConflictView({
  title,
  intro,
  versions,
  fields,
  note,
  reason,
  onReason,
  onChoose,
  onLater,
}: {
  title: string
  intro: ReactNode
  versions: readonly VersionLabel[]
  fields: readonly ConflictField[]
  note: ReactNode
  reason: string
  onReason: (reason: string) => void
  onChoose: OnChoose | null
  onLater: () => void
}) {
  const { t } = useTranslation()
  const { errors, attempt, refuse } = useFieldErrors()
  const differing = fields.filter(differs)
  const same = fields.filter((field) => !differs(field))
  return (
    <div>
      <h1 tabIndex={-1} id="screen-title" className={styles.title}>
        {title}
      </h1>
      <p>{intro}</p>
      <ErrorSummary errors={errors} attempt={attempt} />
      <div className={styles.versions}>
        {versions.map((label, place) => (
          <Version key={place} place={place} label={label} fields={differing} />
        ))}
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
                <dd>{field.values[0] || t('conflict.empty')}</dd>
              </div>
            ))}
          </dl>
        </details>
      ) : null}
      {onChoose === null ? (
        <Button variant="default" onClick={onLater}>
          {t('screen.overview')}
        </Button>
      ) : (
        <>
          {note}
          <Decision
            count={versions.length}
            differing={differing}
            refuse={refuse}
            reason={reason}
            onReason={onReason}
            onChoose={onChoose}
            onLater={onLater}
          />
        </>
      )}
    </div>
  )
}

/** Which version holds, or which field of which one. */
function Decision({
  count,
  differing,
  refuse,
  reason,
  onReason,
  onChoose,
  onLater,
}: {
  count: number
  differing: readonly ConflictField[]
  refuse: ReturnType<typeof useFieldErrors>['refuse']
  reason: string
  onReason: (reason: string) => void
  onChoose: OnChoose
  onLater: () => void
}) {
  const { t } = useTranslation()
  const [choice, setChoice] = useState('')
  const [picks, setPicks] = useState<Record<string, number>>({})
  const [isWorking, setWorking] = useState(false)

  const decide = async () => {
    const missing = choice === 'combine' ? differing.filter((field) => picks[field.key] === undefined) : []
    const found = [
      ...(choice === '' ? [{ field: 'which', message: t('conflict.chooseMissing') }] : []),
      ...missing.map((field) => ({
        field: `pick-${field.key}`,
        message: t('conflict.pickMissing', { field: field.label }),
      })),
    ]
    if (refuse(found)) return
    setWorking(true)
    await onChoose(choice === 'combine' ? { type: 'combine', picks } : { type: 'one', place: Number(choice) }).finally(
      () => setWorking(false),
    )
  }

  return (
    <div className={styles.decide}>
      <ChooseOne
        id="which"
        legend={t('conflict.whichTitle')}
        value={choice}
        onChange={setChoice}
        choices={[
          ...Array.from({ length: count }, (_, place) => ({
            value: String(place),
            label: t('conflict.keep', { letter: letterOf(place) }),
          })),
          ...(differing.length > 1 ? [{ value: 'combine', label: t('conflict.combine') }] : []),
        ]}
      />
      {choice === 'combine'
        ? differing.map((field) => (
            <ChooseOne
              key={field.key}
              id={`pick-${field.key}`}
              legend={t('conflict.pick', { field: field.label })}
              value={picks[field.key] === undefined ? '' : String(picks[field.key])}
              onChange={(picked) =>
                setPicks((before) => {
                  const after = { ...before }
                  if (picked === '') delete after[field.key]
                  else after[field.key] = Number(picked)
                  return after
                })
              }
              choices={field.values.map((value, place) => ({
                value: String(place),
                label: `${letterOf(place)}: ${value || t('conflict.empty')}`,
              }))}
            />
          ))
        : null}
      <TextInput
        label={t('conflict.reason')}
        value={reason}
        onChange={(event) => onReason(event.currentTarget.value)}
        autoComplete="off"
      />
      <div className={styles.actions}>
        <Button loading={isWorking} onClick={() => void decide()}>
          {t('conflict.choose')}
        </Button>
        <Button variant="default" onClick={onLater}>
          {t('deed.notNow')}
        </Button>
      </div>
    </div>
  )
}

function Version({ place, label, fields }: { place: number; label: VersionLabel; fields: readonly ConflictField[] }) {
  const { t } = useTranslation()
  return (
    <Card
      title={t('conflict.version', { letter: letterOf(place) })}
      aside={<span className={styles.time}>{label.time}</span>}
    >
      <p className={styles.who}>{[label.who, label.device].filter(Boolean).join(', ')}</p>
      {label.note ? <p>{label.note}</p> : null}
      <dl className={styles.fields}>
        {fields.map((field) => (
          <div key={field.key}>
            <dt>{field.label}</dt>
            <dd>
              <strong className={styles.value}>{field.values[place] || t('conflict.empty')}</strong>
              <StatusMark status="attention">{t('conflict.differs')}</StatusMark>
            </dd>
          </div>
        ))}
      </dl>
    </Card>
  )
}
