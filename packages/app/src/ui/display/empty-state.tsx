/** What would be here, why it helps, one action. Holds no name and no health fact. */
import type { ReactNode } from 'react'
import styles from './empty-state.module.css'

/** `icon`: a plain icon; `action`: the one primary action; `isScreen`: the screen shows nothing else. */
export function EmptyState({
  title,
  children,
  action,
  icon,
  isScreen = false,
}: {
  title: ReactNode
  children?: ReactNode
  action?: ReactNode
  icon?: ReactNode
  isScreen?: boolean
}) {
  return (
    <div className={styles.empty}>
      {icon ? (
        <div className={styles.icon} aria-hidden="true">
          {icon}
        </div>
      ) : null}
      {isScreen ? (
        <h1 tabIndex={-1} id="screen-title">
          {title}
        </h1>
      ) : (
        <h2>{title}</h2>
      )}
      {children ? <p>{children}</p> : null}
      {action ? <div className={styles.action}>{action}</div> : null}
    </div>
  )
}
