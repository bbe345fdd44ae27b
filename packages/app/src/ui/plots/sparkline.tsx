/** The last results of a test as a small line in its row; it adds no information to the row's words, so screen readers skip it. */
import styles from './sparkline.module.css'

const WIDTH = 96
const HEIGHT = 28
const MARGIN = 4

/** `values` by time, oldest first, in one unit; nothing for fewer than two. */
export function Sparkline({ values }: { values: readonly { at: number; value: number }[] }) {
  const [first, last] = [values[0], values.at(-1)]
  if (!first || !last || values.length < 2) return null
  const numbers = values.map(({ value }) => value)
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)]
  const span = last.at - first.at || 1
  const x = (at: number) => MARGIN + ((at - first.at) / span) * (WIDTH - 2 * MARGIN)
  const y = (value: number) =>
    high === low ? HEIGHT / 2 : HEIGHT - MARGIN - ((value - low) / (high - low)) * (HEIGHT - 2 * MARGIN)
  return (
    <svg width={WIDTH} height={HEIGHT} className={styles.spark} aria-hidden="true">
      <polyline points={values.map(({ at, value }) => `${x(at)},${y(value)}`).join(' ')} />
      {values.map(({ at, value }, index) => (
        <circle key={index} cx={x(at)} cy={y(value)} r={index === values.length - 1 ? 3 : 1.5} />
      ))}
    </svg>
  )
}
