/** A part of a form that few people need: one line until it is opened. */
import type { ReactNode } from 'react'
import styles from './fold.module.css'

/** Closed at first. */
export function Fold({ title, children }: { title: string; children: ReactNode }) {
  return (
    <details className={styles.fold}>
      <summary>{title}</summary>
      {children}
    </details>
  )
}
