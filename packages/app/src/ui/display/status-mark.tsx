/** A state as icon shape, word and colour, always all three: grey the screen and it still reads. */
import {
  IconAlertOctagon,
  IconAlertTriangle,
  IconCircleCheck,
  IconCircleMinus,
  IconEyeClosed,
  IconInfoCircle,
} from '@tabler/icons-react'
import type { ReactNode } from 'react'
import styles from './status-mark.module.css'

/** The six states; each has one icon shape and one pair of colours. */
export type Status = 'good' | 'info' | 'attention' | 'danger' | 'neutral' | 'private'

const ICONS = {
  good: IconCircleCheck,
  info: IconInfoCircle,
  attention: IconAlertTriangle,
  danger: IconAlertOctagon,
  neutral: IconCircleMinus,
  private: IconEyeClosed,
}

/** The icon of a status alone, for places that write the word themselves. */
export function StatusIcon({ status, size = 20 }: { status: Status; size?: number }) {
  const Icon = ICONS[status]
  return (
    <Icon
      size={size}
      stroke={2}
      aria-hidden="true"
      className={styles.icon}
      style={{ color: `var(--ck-${status}-fg)` }}
    />
  )
}

/** Icon and word; `filled` puts them on the status colour's background. */
export function StatusMark({
  status,
  children,
  filled = false,
  struck = false,
}: {
  status: Status
  children: ReactNode
  filled?: boolean
  struck?: boolean
}) {
  const background = filled ? { backgroundColor: `var(--ck-${status}-bg)` } : {}
  return (
    <span
      className={filled ? `${styles.mark} ${styles.filled}` : styles.mark}
      style={{ color: `var(--ck-${status}-fg)`, ...background }}
    >
      <StatusIcon status={status} size={18} />
      <span className={struck ? styles.struck : undefined}>{children}</span>
    </span>
  )
}

/**
 * A message across the screen: what happened, what is safe, what to do. `urgent` is announced at once and is only for
 * unsaved work, the lock warning and broken signatures.
 */
export function Banner({
  status,
  title,
  children,
  action,
  urgent = false,
}: {
  status: Status
  title?: ReactNode
  children?: ReactNode
  action?: ReactNode
  urgent?: boolean
}) {
  return (
    <div
      className={styles.banner}
      role={urgent ? 'alert' : undefined}
      style={{ backgroundColor: `var(--ck-${status}-bg)` }}
    >
      <StatusIcon status={status} size={22} />
      <div className={styles.bannerText}>
        {title ? <strong style={{ color: `var(--ck-${status}-fg)` }}>{title}</strong> : null}
        {children ? <div>{children}</div> : null}
        {action ? <div className={styles.bannerAction}>{action}</div> : null}
      </div>
    </div>
  )
}

/** What is wrong with what a person has just asked for, announced at once; nothing while nothing is. Forms keep what was typed. */
export function Problem({ text, status = 'attention' }: { text: string | null; status?: 'attention' | 'danger' }) {
  if (text === null || text === '') return null
  return (
    <Banner status={status} urgent>
      {text}
    </Banner>
  )
}
