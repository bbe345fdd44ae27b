/** The pages of an opened PDF, the tools above them, and the keys that walk through them. */
import type { PDFDocumentProxy } from 'pdfjs-dist/legacy/build/pdf.mjs'
import { type KeyboardEvent, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type PageSize, pageAt, pagesBetween, pageTops, typedPage, zoomed } from './page-places.ts'
import { MOST_PAGES } from './pdf-document.ts'
import { PdfPage } from './pdf-page.tsx'
import { ToolButton, Tools, ZoomTools } from './tools.tsx'
import styles from './viewer.module.css'
import { IconChevronDown, IconChevronUp } from '@tabler/icons-react'

const GAP = 12
/** Room for the edges of the page. */
const EDGE = 24

export function PdfPages({ document: pdf, name }: { document: PDFDocumentProxy; name: string }) {
  const { t } = useTranslation()
  const count = Math.min(pdf.numPages, MOST_PAGES)
  const frame = useRef<HTMLDivElement>(null)
  const [sizes, setSizes] = useState<readonly PageSize[] | null>(null)
  const [view, setView] = useState({ top: 0, width: 0, height: 0 })
  const [zoom, setZoom] = useState(1)
  // Pages are taken to be like the first one until they have been seen.
  useEffect(() => {
    let isGone = false
    void pdf.getPage(1).then((page) => {
      const { width, height } = page.getViewport({ scale: 1 })
      if (!isGone) setSizes(Array.from({ length: count }, () => ({ width, height })))
    })
    return () => {
      isGone = true
    }
  }, [pdf, count])
  useEffect(() => {
    const element = frame.current
    if (element === null) return
    const look = () => setView({ top: element.scrollTop, width: element.clientWidth, height: element.clientHeight })
    look()
    element.addEventListener('scroll', look, { passive: true })
    const observer = new ResizeObserver(look)
    observer.observe(element)
    return () => {
      element.removeEventListener('scroll', look)
      observer.disconnect()
    }
  }, [])
  const fit = sizes === null || view.width === 0 ? 1 : Math.min(2, (view.width - EDGE) / (sizes[0]?.width ?? 1))
  const scale = fit * zoom
  const tops = useMemo(() => pageTops(sizes ?? [], scale, GAP), [sizes, scale])
  const page = sizes === null ? 1 : pageAt(tops, view.top + view.height / 3)
  const shown = sizes === null ? [] : pagesBetween(tops, view.top, view.top + view.height)
  const goTo = (wanted: number) => {
    frame.current?.scrollTo({ top: tops[Math.min(count, Math.max(1, wanted)) - 1] ?? 0 })
  }
  // The page in view stays in view when the size changes, and at the same line of it.
  const before = useRef({ scale, tops })
  useLayoutEffect(() => {
    const element = frame.current
    const { scale: oldScale, tops: oldTops } = before.current
    before.current = { scale, tops }
    if (element === null || oldScale === scale || oldTops.length !== tops.length) return
    const at = pageAt(oldTops, element.scrollTop) - 1
    const within = ((element.scrollTop - oldTops[at]!) / oldScale) * scale
    element.scrollTop = tops[at]! + within
  }, [scale, tops])
  const onSize = (number: number, { width, height }: PageSize) =>
    setSizes((known) => {
      const old = known?.[number - 1]
      if (!known || !old || (Math.abs(old.width - width) < 1 && Math.abs(old.height - height) < 1)) return known
      return known.with(number - 1, { width, height })
    })
  const onKey = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const actions: Record<string, () => void> = {
      PageDown: () => goTo(page + 1),
      PageUp: () => goTo(page - 1),
      Home: () => goTo(1),
      End: () => goTo(count),
      '+': () => setZoom(zoomed(zoom, 1)),
      '-': () => setZoom(zoomed(zoom, -1)),
    }
    const action = actions[event.key]
    if (action === undefined) return
    event.preventDefault()
    action()
  }
  return (
    <>
      <Tools>
        <ToolButton
          label={t('viewer.previous')}
          icon={IconChevronUp}
          onClick={() => goTo(page - 1)}
          isOff={page <= 1}
        />
        <PageField page={page} count={count} onPage={goTo} />
        <ToolButton
          label={t('viewer.next')}
          icon={IconChevronDown}
          onClick={() => goTo(page + 1)}
          isOff={page >= count}
        />
        <ZoomTools zoom={zoom} onZoom={setZoom} />
      </Tools>
      {count < pdf.numPages ? (
        <p className={styles.facts}>{t('viewer.firstPages', { count, all: pdf.numPages })}</p>
      ) : null}
      <p className="ck-hidden" id="viewer-keys">
        {t('viewer.keys')}
      </p>
      <p className="ck-hidden" role="status">
        {t('viewer.pageOf', { page, count })}
      </p>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex, jsx-a11y/no-noninteractive-element-interactions -- what scrolls must be reached by keyboard */}
      <div
        ref={frame}
        className={styles.frame}
        tabIndex={0}
        role="region"
        aria-label={name}
        aria-describedby="viewer-keys"
        onKeyDown={onKey}
      >
        <div className={styles.pages} style={{ height: tops.at(-1) }}>
          {shown.map((number) => (
            <PdfPage
              // A canvas that was drawn on cannot change its size: another size is another page.
              key={`${number} ${scale}`}
              document={pdf}
              number={number}
              label={t('viewer.pageOf', { page: number, count })}
              scale={scale}
              top={tops[number - 1] ?? 0}
              size={sizes![number - 1]!}
              onSize={onSize}
            />
          ))}
        </div>
      </div>
    </>
  )
}

/** The number of the page, to read and to type. */
function PageField({ page, count, onPage }: { page: number; count: number; onPage: (page: number) => void }) {
  const { t } = useTranslation()
  const [typed, setTyped] = useState<string | null>(null)
  const go = () => {
    const wanted = typed === null ? null : typedPage(typed, count)
    if (wanted !== null) onPage(wanted)
    setTyped(null)
  }
  return (
    <form
      className={styles.pageField}
      onSubmit={(event) => {
        event.preventDefault()
        go()
      }}
    >
      <label>
        {t('viewer.page')}{' '}
        <input
          inputMode="numeric"
          autoComplete="off"
          value={typed ?? String(page)}
          onChange={(event) => setTyped(event.currentTarget.value)}
          onBlur={go}
          onFocus={(event) => event.currentTarget.select()}
        />
      </label>{' '}
      {t('viewer.ofPages', { count })}
    </form>
  )
}
