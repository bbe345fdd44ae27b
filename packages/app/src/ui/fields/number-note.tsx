/**
 * Under a field that takes a number: how what was typed is read, that it will be kept as words, or a question where it can mean two numbers. It
 * is shown before anything is saved.
 */
import { Button, Group } from '@mantine/core'
import { readDose, readNumber, readValue, type ReadDose, type ReadNumber, type ReadValue } from '@chartkeep/domain'
import { useTranslation } from 'react-i18next'
import { decimalMark } from '../../i18n/numbers.ts'
import styles from './date-field.module.css'

/** A value may be a limit, a range or words; a dose has its unit with it or is words; a number is one. */
export type NumberKind = 'value' | 'dose' | 'number'

/** How a field of a kind is read here. */
export function readTyped(typed: string, kind: NumberKind): ReadValue | ReadDose | ReadNumber {
  const mark = decimalMark()
  return kind === 'value' ? readValue(typed, mark) : kind === 'dose' ? readDose(typed, mark) : readNumber(typed, mark)
}

/** What was typed as it is read, in plain signs and with a decimal point; words, and what can mean two numbers, as they were typed. */
export function typedAsRead(typed: string, kind: NumberKind): string {
  const read = readTyped(typed, kind)
  if (read.type === 'number') {
    const comparator = 'comparator' in read ? read.comparator : ''
    const unit = 'unit' in read && read.unit !== '' ? ` ${read.unit}` : ''
    return `${comparator}${read.digits}${unit}`
  }
  if (read.type === 'range') return `${read.low}-${read.high}`
  return read.type === 'ratio' ? `${read.over}:${read.under}` : typed.trim()
}

/** `before` is what the field began with: what nobody changed needs no words. */
export function NumberNote({
  typed,
  before,
  kind,
  onChange,
}: {
  typed: string
  before: string
  kind: NumberKind
  onChange: (typed: string) => void
}) {
  const { t } = useTranslation()
  const read = typed.trim() === '' || typed.trim() === before.trim() ? null : readTyped(typed, kind)
  const shown = read === null ? '' : typedAsRead(typed, kind)
  return (
    <div className={styles.reads} role="status">
      {read === null ? null : read.type === 'words' ? (
        kind === 'number' ? null : (
          <p>{t(kind === 'value' ? 'number.words' : 'number.wordsDose')}</p>
        )
      ) : read.type === 'unsure' ? (
        <>
          <p>{t('number.unsure')}</p>
          <Group gap="xs">
            {read.readings.map((reading) => (
              <Button key={reading} variant="default" onClick={() => onChange(reading)}>
                {reading}
              </Button>
            ))}
          </Group>
        </>
      ) : shown.replaceAll(' ', '') === typed.replaceAll(' ', '') ? null : (
        <p>{t('number.reads', { number: shown })}</p>
      )}
    </div>
  )
}
