/** A section of a screen: a heading, optionally a small action, and content; with a border and no shadow. */
import { type ReactNode, useId } from 'react'
import { FoldedText } from './folded-text.tsx'
import styles from './card.module.css'

/** `level` is the rank of its heading; `flush` lets a list reach the edges. `isItem`: one of several of a kind, which is no landmark. */
export function Card({
  title,
  aside,
  children,
  flush = false,
  level = 2,
  isItem = false,
}: {
  title?: ReactNode
  aside?: ReactNode
  children: ReactNode
  flush?: boolean
  level?: 2 | 3
  isItem?: boolean
}) {
  const id = useId()
  const Heading = level === 2 ? 'h2' : 'h3'
  const Box = isItem ? 'article' : 'section'
  return (
    <Box className={styles.card} aria-labelledby={title ? id : undefined}>
      {title ? (
        <div className={styles.head}>
          <Heading id={id}>{title}</Heading>
          {aside}
        </div>
      ) : null}
      <div className={flush ? styles.flush : styles.body}>{children}</div>
    </Box>
  )
}

/** Pairs of label and value, as a description list; a missing value says so in words of the caller. */
export function Facts({ items }: { items: readonly { label: ReactNode; value: ReactNode }[] }) {
  return (
    <dl className={styles.facts}>
      {items.map(({ label, value }, index) => (
        <div key={index} className={styles.fact}>
          <dt>{label}</dt>
          <dd>{typeof value === 'string' ? <FoldedText text={value} /> : value}</dd>
        </div>
      ))}
    </dl>
  )
}

/** The head of a screen: its one h1, a line under it, actions at the end. The h1 takes the focus on route change. */
export function ScreenHead({
  title,
  children,
  actions,
  above,
}: {
  title: ReactNode
  children?: ReactNode
  actions?: ReactNode
  above?: ReactNode
}) {
  return (
    <div className={styles.screenHead}>
      <div>
        {above}
        <h1 tabIndex={-1} id="screen-title">
          {title}
        </h1>
        {children ? <div className={styles.under}>{children}</div> : null}
      </div>
      {actions ? <div className={styles.actions}>{actions}</div> : null}
    </div>
  )
}
