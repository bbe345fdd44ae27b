/** The frame around screens before a chart is open: no part of it waits for the frame of an open one. */
import type { ReactNode } from 'react'
import { Brand } from './brand.tsx'
import styles from './plain-frame.module.css'

/** The brand, optional controls in the header, one column. */
export function PlainFrame({ aside, children }: { aside?: ReactNode; children: ReactNode }) {
  return (
    <div className={styles.frame}>
      <header className={`${styles.header} ck-screen-only`}>
        <Brand />
        {aside}
      </header>
      <main id="main-content" className={styles.main} tabIndex={-1}>
        {children}
      </main>
    </div>
  )
}
