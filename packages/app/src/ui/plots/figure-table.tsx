/** A table of figures in a box that scrolls where the table is wider; the box is reached by the keyboard and has a name. */
import type { ReactNode } from 'react'
import styles from './figure-table.module.css'

/** `tall`: many rows, which scroll in the box too. `children`: head and body of the table. */
export function FigureTable({
  name,
  caption = name,
  tall = false,
  className = '',
  children,
}: {
  name: string
  caption?: string
  tall?: boolean
  className?: string | undefined
  children: ReactNode
}) {
  return (
    <div className={styles.box} data-tall={tall || undefined} tabIndex={0} role="region" aria-label={name}>
      {/* The role is written out for tables whose rows become blocks on a phone, which drops it in some browsers. */}
      <table role="table" className={`${styles.table} ${className}`}>
        <caption className="ck-hidden">{caption}</caption>
        {children}
      </table>
    </div>
  )
}
