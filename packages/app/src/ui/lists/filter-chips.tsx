/** Filters as a row of buttons that stay pressed; several may be. */
import styles from './filter-chips.module.css'

/** One filter and its word. */
export interface FilterChip {
  id: string
  label: string
}

/** `scrolls`: in one line on a phone, for many chips above a list that should stay in view. */
export function FilterChips({
  name,
  chips,
  pressed,
  onToggle,
  scrolls = false,
}: {
  name: string
  chips: readonly FilterChip[]
  pressed: readonly string[]
  onToggle: (id: string) => void
  scrolls?: boolean
}) {
  return (
    <div className={styles.chips} data-scrolls={scrolls || undefined} role="group" aria-label={name}>
      {chips.map(({ id, label }) => (
        <button
          key={id}
          type="button"
          className={styles.chip}
          aria-pressed={pressed.includes(id)}
          onClick={() => onToggle(id)}
        >
          {label}
        </button>
      ))}
    </div>
  )
}
