/** What would be here, why it helps, one action (ux.md 2). Holds no name and no health fact. */
import type { ReactNode } from 'react'
import styles from './empty-state.module.css'

/** `art` is a plain icon; `action` the one primary action. */
export function EmptyState({
  title,
  children,
  action,
  icon,
}: {
  title: ReactNode
  children?: ReactNode
  action?: ReactNode
  icon?: ReactNode
}) {
  return (
    <div className={styles.empty}>
      {icon ? (
        <div className={styles.icon} aria-hidden="true">
          {icon}
        </div>
      ) : null}
      <h2>{title}</h2>
      {children ? <p>{children}</p> : null}
      {action ? <div className={styles.action}>{action}</div> : null}
    </div>
  )
}
