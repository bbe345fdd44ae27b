/** An icon in a tinted square, which opens a row or a tile. It has no meaning of its own: the words next to it say everything. */
import type { ReactNode } from 'react'
import styles from './icon-box.module.css'

export type IconTone = 'accent' | 'solid' | 'good' | 'info' | 'attention' | 'danger' | 'neutral' | 'private' | 'warm'

/** 40 px with an icon of 20; `large`: 48 with 24. */
export function IconBox({
  tone = 'accent',
  large = false,
  children,
}: {
  tone?: IconTone
  large?: boolean
  children: ReactNode
}) {
  return (
    <span className={styles.box} data-tone={tone} data-large={large || undefined} aria-hidden="true">
      {children}
    </span>
  )
}
