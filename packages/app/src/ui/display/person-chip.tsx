/** Whose chart is open: symbol, colour, name, relation. Opens the sheet of people and settings. */
import { IconChevronDown } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import styles from './person-chip.module.css'

/** A person as the chip shows them; `tone` 0-5 picks a colour, `symbol` is one or two letters or one ideograph. */
export interface PersonLabel {
  name: string
  relation?: string
  symbol: string
  tone: number
}

/** The colours of symbols, in the order of their numbers. */
export const TONES = ['teal', 'violet', 'blue', 'amber', 'green', 'grey'] as const

/** First letters of a name: `Mei Chen` → `MC`, `陳美` → `陳`. */
export function symbolOf(name: string): string {
  const letters = name.trim()
  const first = [...letters][0] ?? '?'
  if (/\p{Script=Han}/u.test(first)) return first
  const words = letters.split(/\s+/u)
  const last = words.length > 1 ? ([...(words.at(-1) ?? '')][0] ?? '') : ''
  return (first + last).toUpperCase()
}

/** Tone from a stable id, so that a person keeps a colour on this device. */
export function toneOf(id: string): number {
  let sum = 0
  for (const letter of id) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) % 65_521
  return sum % TONES.length
}

/** The round symbol alone. */
export function PersonSymbol({ person, size = 36 }: { person: PersonLabel; size?: number }) {
  return (
    <span
      aria-hidden="true"
      className={styles.symbol}
      data-tone={person.tone % TONES.length}
      style={{ width: size, height: size, fontSize: size * 0.4 }}
    >
      {person.symbol}
    </span>
  )
}

/** The chip as a button. */
export function PersonChip({
  person,
  words,
  onOpen,
}: {
  person: PersonLabel | null
  /** What it opens, where it is not whose chart is in view. */
  words?: string
  onOpen: () => void
}) {
  const { t } = useTranslation()
  return (
    <button type="button" className={styles.chip} onClick={onOpen} aria-haspopup="dialog">
      {person ? <PersonSymbol person={person} /> : null}
      <span className={styles.text}>
        <span className={styles.name}>{person?.name ?? t('sheet.title')}</span>
        {person?.relation ? <span className={styles.relation}>{person.relation}</span> : null}
      </span>
      <IconChevronDown size={18} aria-hidden="true" />
      <span className="ck-hidden">
        {words ?? (person ? t('frame.person', { name: person.name }) : t('frame.noPerson'))}
      </span>
    </button>
  )
}

/** The strip above a form: for whom it is. */
export function PersonStrip({ person }: { person: PersonLabel }) {
  const { t } = useTranslation()
  return (
    <p className={styles.strip}>
      <PersonSymbol person={person} size={28} />
      <strong>{t('form.for', { name: person.name })}</strong>
    </p>
  )
}
