/** One page of a PDF: drawn by the worker onto a canvas, its text laid over it for selecting, copying and screen readers. */
import type { PDFDocumentProxy } from 'pdfjs-dist/legacy/build/pdf.mjs'
import { type CSSProperties, useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { PageSize } from './page-places.ts'
import { ANNOTATIONS, RenderingCancelledException, TextLayer } from './pdf-document.ts'
import styles from './viewer.module.css'

/** A canvas of more points than this is not made: the page is drawn coarser. */
const MOST_POINTS = 16_000_000

/** `size` in points at scale 1, as far as it is known; `onSize` hears what it truly is. */
export function PdfPage({
  document: pdf,
  number,
  label,
  scale,
  top,
  size,
  onSize,
}: {
  document: PDFDocumentProxy
  number: number
  label: string
  scale: number
  top: number
  size: PageSize
  onSize: (number: number, size: PageSize) => void
}) {
  const { t } = useTranslation()
  const canvas = useRef<HTMLCanvasElement>(null)
  const text = useRef<HTMLDivElement>(null)
  const [state, setState] = useState<'drawing' | 'drawn' | 'without-text' | 'failed'>('drawing')
  const told = useRef(onSize)
  told.current = onSize
  useEffect(() => {
    let isGone = false
    let stop = () => {}
    const draw = async () => {
      const page = await pdf.getPage(number)
      if (isGone || canvas.current === null || text.current === null) return
      const viewport = page.getViewport({ scale })
      told.current(number, { width: viewport.width / scale, height: viewport.height / scale })
      const wanted = globalThis.devicePixelRatio || 1
      const density = Math.min(wanted, Math.sqrt(MOST_POINTS / (viewport.width * viewport.height)))
      const { width, height } = {
        width: Math.floor(viewport.width * density),
        height: Math.floor(viewport.height * density),
      }
      Object.assign(canvas.current, { width, height })
      const drawing = page.render({
        canvas: canvas.current,
        viewport,
        transform: [density, 0, 0, density, 0, 0],
        annotationMode: ANNOTATIONS,
      })
      const layer = new TextLayer({ textContentSource: page.streamTextContent(), container: text.current, viewport })
      stop = () => {
        drawing.cancel()
        layer.cancel()
        // What the page kept of its pictures goes with it; a page still at work refuses, and goes with the document.
        void drawing.promise.catch(() => {}).then(() => page.cleanup())
      }
      await Promise.all([drawing.promise, layer.render()])
      if (!isGone) setState(layer.textContentItemsStr.some((part) => part.trim() !== '') ? 'drawn' : 'without-text')
    }
    draw().catch((error: unknown) => {
      if (!isGone && !(error instanceof RenderingCancelledException)) setState('failed')
    })
    return () => {
      isGone = true
      stop()
    }
  }, [pdf, number, scale])
  const place = {
    top,
    width: Math.round(size.width * scale),
    height: Math.round(size.height * scale),
    '--total-scale-factor': scale,
  } as CSSProperties
  return (
    <section className={styles.page} style={place} aria-label={label} aria-busy={state === 'drawing'}>
      <canvas ref={canvas} aria-hidden="true" />
      <div ref={text} className={styles.textLayer} data-as-printed="" translate="no" />
      {state === 'without-text' ? <p className="ck-hidden">{t('viewer.noText')}</p> : null}
      {state === 'failed' ? <p role="alert">{t('viewer.broken')}</p> : null}
    </section>
  )
}
