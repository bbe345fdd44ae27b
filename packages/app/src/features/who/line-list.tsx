/** Sentences by day, newest first. Only a screenful stays in the page: a log of years is as quick as one of a day. */
import { useWindowVirtualizer } from '@tanstack/react-virtual'
import type { TFunction } from 'i18next'
import { useLayoutEffect, useRef, useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { formatDay, formatTime } from '../../i18n/dates.ts'
import { currentLanguage } from '../../i18n/index.ts'
import styles from './who.module.css'

const DAY = 86_400_000

export interface Line {
  key: string
  /** Milliseconds since 1970. */
  at: number
  sentence: string
  /** A second line in small print. */
  detail?: string
  marks?: ReactNode
  action?: ReactNode
}

export function LineList({ lines }: { lines: readonly Line[] }) {
  const { t } = useTranslation()
  const list = useRef<HTMLOListElement>(null)
  const [top, setTop] = useState(0)
  useLayoutEffect(() => setTop((list.current?.getBoundingClientRect().top ?? 0) + window.scrollY), [])
  const virtual = useWindowVirtualizer({
    count: lines.length,
    estimateSize: () => 76,
    overscan: 6,
    scrollMargin: top,
    getItemKey: (index) => lines[index]?.key ?? index,
  })
  return (
    <ol ref={list} className={styles.lines} style={{ height: virtual.getTotalSize() }}>
      {virtual.getVirtualItems().map((item) => {
        const line = lines[item.index]
        if (!line) return null
        const day = dayOf(line.at, t)
        const before = lines[item.index - 1]
        return (
          <li
            key={line.key}
            ref={virtual.measureElement}
            data-index={item.index}
            aria-setsize={lines.length}
            aria-posinset={item.index + 1}
            style={{ transform: `translateY(${item.start - top}px)` }}
          >
            {before && dayOf(before.at, t) === day ? null : <h2 className={styles.day}>{day}</h2>}
            <div className={styles.line}>
              <p className={styles.sentence}>
                <span>{line.sentence}</span>
                {line.detail ? <span className={styles.detail}>{line.detail}</span> : null}
                {line.marks}
              </p>
              <span className={styles.time}>{formatTime(new Date(line.at))}</span>
              {line.action}
            </div>
          </li>
        )
      })}
    </ol>
  )
}

function dayOf(at: number, t: TFunction): string {
  const moment = new Date(at)
  if (moment.toDateString() === new Date().toDateString()) return t('audit.today')
  if (moment.toDateString() === new Date(Date.now() - DAY).toDateString()) return t('audit.yesterday')
  return formatDay(moment, currentLanguage())
}
