/**
 * Paper on the screen: sheets of A4 or Letter that are both preview and print. Printing shows only the content of {@link PrintRoot};
 * heights are measured at the width of the paper, so that page breaks are known before printing.
 */
import { type ReactNode, useLayoutEffect, useRef, useState } from 'react'
import { createPortal } from 'react-dom'
import { inLanguages, type Said } from '../../i18n/said.ts'
import type { Language } from '../../i18n/index.ts'
import styles from './paper.module.css'

/** Sizes that a printer here and in North America holds, in millimetres; `edge` is the margin. */
export const PAPERS = {
  a4: { width: 210, height: 297, edge: 12 },
  letter: { width: 215.9, height: 279.4, edge: 12 },
} as const
/** One of {@link PAPERS}. */
export type PaperSize = keyof typeof PAPERS

/** CSS's own millimetre in pixels. */
export const MM = 96 / 25.4

/** Letter where people print on it, by the region of the browser's language. */
export function usualPaper(language: string = navigator.language): PaperSize {
  return /^(?:en-(?:US|CA)|fr-CA|es-MX)$/iu.test(language) ? 'letter' : 'a4'
}

/** Words in the languages of the paper, each run marked with its own; a number keeps its unit on its line. */
export function Say({ said, languages }: { said: Said; languages: readonly Language[] }) {
  return inLanguages(said, languages).map(({ language, text }, index) => (
    <span key={language ?? 'same'} {...(language ? { lang: language } : {})}>
      {index > 0 ? ' · ' : ''}
      {glued(text)}
    </span>
  ))
}

/** `500 mg` never breaks over a line. */
export function glued(text: string): string {
  return text.replaceAll(/(\d) (?=[\p{L}%])/gu, '$1\u00A0')
}

/** What the printer gets, and nothing else of the page; not seen on the screen. */
export function PrintRoot({ children }: { children: ReactNode }) {
  return createPortal(<div className="ck-print-root ck-print-only">{children}</div>, document.body)
}

/** One page at its size. `reflow`: as wide as the screen, for narrow ones, with the same content. */
export function Sheet({
  paper,
  isReflowed = false,
  label,
  children,
}: {
  paper: PaperSize
  isReflowed?: boolean
  label: string
  children: ReactNode
}) {
  return (
    <section
      className={styles.sheet}
      data-paper={paper}
      data-reflow={isReflowed ? 'true' : undefined}
      aria-label={label}
      style={
        isReflowed ? undefined : { width: `${PAPERS[paper].width}mm`, minHeight: `${PAPERS[paper].height - 0.5}mm` }
      }
    >
      {children}
    </section>
  )
}

/** Under this width a page at scale cannot be read; its content is reflowed instead. */
const READABLE_WIDTH = 560

/** Shows sheets as large as there is room; `children` are told whether to reflow. `readable`: the least width, in pixels, for a page at scale. */
export function Preview({
  paper,
  readable = READABLE_WIDTH,
  children,
}: {
  paper: PaperSize
  readable?: number
  children: (isReflowed: boolean) => ReactNode
}) {
  const box = useRef<HTMLDivElement>(null)
  const [room, setRoom] = useState(0)
  useLayoutEffect(() => {
    const element = box.current
    if (!element) return
    const observer = new ResizeObserver(() => setRoom(element.clientWidth))
    observer.observe(element)
    setRoom(element.clientWidth)
    return () => observer.disconnect()
  }, [])
  const isReflowed = room < readable
  const zoom = isReflowed ? 1 : Math.min(1, room / (PAPERS[paper].width * MM))
  return (
    <div ref={box} className="ck-screen-only">
      {room === 0 ? null : (
        <div className={styles.preview} style={{ zoom }}>
          {children(isReflowed)}
        </div>
      )}
    </div>
  )
}

/** Something to be measured. */
export interface Measurable {
  key: string
  node: ReactNode
}

/** Lays `items` out at `width` (CSS), unseen, and tells their heights in pixels whenever they change. */
export function Measure({
  width,
  items,
  onHeights,
}: {
  width: string
  items: readonly Measurable[]
  onHeights: (heights: ReadonlyMap<string, number>) => void
}) {
  const layer = useRef<HTMLDivElement>(null)
  const told = useRef('')
  useLayoutEffect(() => {
    const heights = [...(layer.current?.children ?? [])].map((child, index): [string, number] => [
      items[index]?.key ?? '',
      Math.ceil(child.getBoundingClientRect().height),
    ])
    const text = JSON.stringify(heights)
    if (text === told.current) return
    told.current = text
    onHeights(new Map(heights))
  })
  return createPortal(
    <div className={`${styles.measure} ck-screen-only`} aria-hidden="true" inert>
      <div ref={layer} className={styles.text} style={{ width }}>
        {items.map(({ key, node }) => (
          <div key={key}>{node}</div>
        ))}
      </div>
    </div>,
    document.body,
  )
}
