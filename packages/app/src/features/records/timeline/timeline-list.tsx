/**
 * The timeline's lines: only those in view are in the page. Arrow keys, Home, End, PageUp and PageDown walk from record to record, Enter opens;
 * a year can be jumped to.
 */
import { useWindowVirtualizer } from '@tanstack/react-virtual'
import {
  type KeyboardEvent,
  type RefObject,
  useEffect,
  useId,
  useImperativeHandle,
  useLayoutEffect,
  useRef,
  useState,
} from 'react'
import { useTranslation } from 'react-i18next'
import { recordListLabel } from '../../../app/words/collection-label.ts'
import { rowsOf } from '../../../app/words/record-view.ts'
import type { TimelineItem } from '../../../app/measures/timeline.ts'
import { useWording } from '../../../app/chart/use-wording.ts'
import { formatDate } from '../../../i18n/dates.ts'
import { currentLanguage } from '../../../i18n/index.ts'
import { StatusMark } from '../../../ui/display/status-mark.tsx'
import { firstPart } from '../../../ui/display/first-part.ts'
import { ValueText } from '../../../ui/display/value-text.tsx'
import styles from './timeline.module.css'

const PAGE = 10

/** What the screen asks of the list. */
export interface TimelineHandle {
  /** Brings the heading to the top and the focus to its first record. */
  jumpTo: (index: number) => void
}

/** `scroll` is where the page stood when the timeline was left. */
export function TimelineList({
  items,
  count,
  scroll,
  handle,
}: {
  items: readonly TimelineItem[]
  count: number
  scroll: number
  handle: RefObject<TimelineHandle | null>
}) {
  const { t } = useTranslation()
  const hintId = useId()
  const box = useRef<HTMLDivElement>(null)
  const [top, setTop] = useState(0)
  const [active, setActive] = useState(() => items.findIndex(({ type }) => type === 'record'))
  const focusWanted = useRef<number | null>(null)
  useLayoutEffect(() => setTop((box.current?.getBoundingClientRect().top ?? 0) + window.scrollY), [items.length])
  const virtual = useWindowVirtualizer({
    count: items.length,
    estimateSize: (index) => (items[index]?.type === 'record' ? (window.innerWidth < 768 ? 84 : 57) : 52),
    overscan: 6,
    scrollMargin: top,
    scrollPaddingStart: 96,
    scrollPaddingEnd: 80,
    getItemKey: (index) => items[index]?.key ?? index,
  })
  const shown = virtual.getVirtualItems()
  const isRecord = (index: number) => items[index]?.type === 'record'
  const tabStop = shown.some(({ index }) => index === active)
    ? active
    : (shown.find(({ index }) => isRecord(index))?.index ?? 0)

  useLayoutEffect(() => {
    if (scroll > 0) window.scrollTo(0, scroll)
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- only on arrival
  }, [])
  useEffect(() => {
    if (focusWanted.current === null) return
    const link = box.current?.querySelector<HTMLElement>(`[data-row="${focusWanted.current}"]`)
    if (!link) return
    focusWanted.current = null
    link.focus({ preventScroll: true })
  })
  const walkTo = (index: number, align: 'auto' | 'start') => {
    focusWanted.current = index
    setActive(index)
    virtual.scrollToIndex(align === 'start' ? Math.max(0, index - 1) : index, { align })
  }
  /** The next record at or beyond a place; the last one before the end. */
  const recordFrom = (index: number, step: 1 | -1): number => {
    for (let at = index; at >= 0 && at < items.length; at += step) if (isRecord(at)) return at
    return active
  }
  useImperativeHandle(handle, () => ({ jumpTo: (index) => walkTo(recordFrom(index, 1), 'start') }))

  const walk = (event: KeyboardEvent) => {
    const last = items.length - 1
    const steps: Record<string, [number, 1 | -1]> = {
      ArrowDown: [active + 1, 1],
      ArrowUp: [active - 1, -1],
      PageDown: [Math.min(last, active + PAGE), active + PAGE > last ? -1 : 1],
      PageUp: [Math.max(0, active - PAGE), active - PAGE < 0 ? 1 : -1],
      Home: [0, 1],
      End: [last, -1],
    }
    const step = steps[event.key]
    if (step === undefined || event.altKey || event.ctrlKey || event.metaKey) return
    event.preventDefault()
    walkTo(recordFrom(...step), 'auto')
  }

  return (
    <>
      <p id={hintId} className="ck-hidden">
        {t('list.keys')}
      </p>
      <div
        ref={box}
        role="list"
        aria-label={t('screen.timeline')}
        aria-describedby={hintId}
        className={styles.box}
        style={{ height: virtual.getTotalSize() }}
        onKeyDown={walk}
      >
        {shown.map(({ index, start }) => {
          const item = items[index]
          if (!item) return null
          return (
            <div
              key={item.key}
              ref={virtual.measureElement}
              data-index={index}
              role="listitem"
              {...(item.type === 'record' ? { 'aria-setsize': count, 'aria-posinset': item.place } : {})}
              className={item.type === 'record' ? styles.row : styles.heading}
              style={{ transform: `translateY(${start - top}px)` }}
            >
              {item.type === 'record' ? (
                <RecordLine item={item} index={index} isTabStop={index === tabStop} onFocus={() => setActive(index)} />
              ) : item.type === 'year' ? (
                <h2 className={styles.year}>
                  {item.year === '' ? t('timeline.noDate') : formatDate(item.year, currentLanguage())}
                </h2>
              ) : (
                <h2 className={styles.month}>{formatDate(item.month, currentLanguage())}</h2>
              )}
            </div>
          )
        })}
      </div>
    </>
  )
}

function RecordLine({
  item: { record },
  index,
  isTabStop,
  onFocus,
}: {
  item: Extract<TimelineItem, { type: 'record' }>
  index: number
  isTabStop: boolean
  onFocus: () => void
}) {
  const { t } = useTranslation()
  const wording = useWording()
  const [row] = rowsOf([record], wording)
  if (!row) return null
  return (
    <a href={row.href} className={styles.link} data-row={index} tabIndex={isTabStop ? 0 : -1} onFocus={onFocus}>
      <span className={styles.date}>{row.date || t('list.noDate')}</span>
      <span className={styles.what}>
        <span className={styles.title}>{firstPart(row.title)}</span>{' '}
        <span className={styles.kind}>{recordListLabel(record, t)}</span>
      </span>
      <span className={styles.value}>
        {row.value ? <ValueText text={row.value} /> : null}
        {[row.flag, row.state, ...row.marks].map((mark) =>
          mark ? (
            <StatusMark key={mark.word} status={mark.status}>
              {mark.word}
            </StatusMark>
          ) : null,
        )}
      </span>
    </a>
  )
}
