/** A picture, decoded by the browser at the size that it is shown in: fitted, larger or smaller, turned. Its bytes leave this page for nowhere. */
import { IconRotateClockwise } from '@tabler/icons-react'
import { type ReactNode, useEffect, useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { hasTooManyPoints, pictureSize, type PictureSize } from '../scan/picture-size.ts'
import { ToolButton, Tools, ZoomTools } from './tools.tsx'
import styles from './viewer.module.css'

const MOST_POINTS = 16_000_000
const EDGE = 24

/**
 * `contentType`: '' if unknown; browsers then look at the bytes. `broken` is shown if they cannot read the picture, `tooLarge` if it has
 * too many pixels.
 */
export function ImageView({
  bytes,
  contentType,
  name,
  broken,
  tooLarge,
}: {
  bytes: Uint8Array<ArrayBuffer>
  contentType: string
  name: string
  broken: ReactNode
  tooLarge: ReactNode
}) {
  const { t } = useTranslation()
  const picture = useMemo(() => new Blob([bytes], { type: contentType }), [bytes, contentType])
  const frame = useRef<HTMLDivElement>(null)
  const canvas = useRef<HTMLCanvasElement>(null)
  const [natural, setNatural] = useState<PictureSize | null>(null)
  const [isBroken, setBroken] = useState(false)
  const [room, setRoom] = useState(0)
  const [zoom, setZoom] = useState(1)
  const [turn, setTurn] = useState(0)
  useEffect(() => {
    let isGone = false
    void pictureSize(picture).then((size) => {
      if (isGone) return
      if (size === null) setBroken(true)
      else setNatural(size)
    })
    return () => {
      isGone = true
    }
  }, [picture])
  useEffect(() => {
    const element = frame.current
    if (element === null) return
    const observer = new ResizeObserver(() => setRoom(element.clientWidth))
    observer.observe(element)
    return () => observer.disconnect()
  }, [])
  const isOnItsSide = turn % 180 !== 0
  const [width, height] =
    natural === null ? [0, 0] : isOnItsSide ? [natural.height, natural.width] : [natural.width, natural.height]
  const scale = width === 0 || room === 0 ? 0 : Math.min(1, (room - EDGE) / width) * zoom
  useEffect(() => {
    if (natural === null || scale === 0 || hasTooManyPoints(natural)) return
    let isGone = false
    const density = Math.min(
      globalThis.devicePixelRatio || 1,
      Math.sqrt(MOST_POINTS / (natural.width * scale * natural.height * scale)),
    )
    // No more points than the picture has.
    const points = Math.min(1, scale * density)
    const size = {
      resizeWidth: Math.max(1, Math.round(natural.width * points)),
      resizeHeight: Math.max(1, Math.round(natural.height * points)),
    }
    createImageBitmap(picture, { ...size, resizeQuality: 'high' }).then(
      (bitmap) => {
        if (!isGone && canvas.current !== null) drawTurned(canvas.current, bitmap, turn)
        bitmap.close()
      },
      () => isGone || setBroken(true),
    )
    return () => {
      isGone = true
    }
  }, [picture, natural, scale, turn])
  if (isBroken) return broken
  if (natural !== null && hasTooManyPoints(natural)) return tooLarge
  return (
    <>
      <Tools>
        <ZoomTools zoom={zoom} onZoom={setZoom} />
        <ToolButton label={t('viewer.turn')} icon={IconRotateClockwise} onClick={() => setTurn((turn + 90) % 360)} />
      </Tools>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reached by keyboard */}
      <div ref={frame} className={styles.frame} tabIndex={0} role="region" aria-label={name}>
        <canvas
          ref={canvas}
          role="img"
          aria-label={t('viewer.picture', { name })}
          className={styles.picture}
          style={{ width: width * scale, height: height * scale }}
        />
      </div>
    </>
  )
}

function drawTurned(canvas: HTMLCanvasElement, bitmap: ImageBitmap, turn: number): void {
  const isOnItsSide = turn % 180 !== 0
  canvas.width = isOnItsSide ? bitmap.height : bitmap.width
  canvas.height = isOnItsSide ? bitmap.width : bitmap.height
  const context = canvas.getContext('2d')
  if (context === null) return
  context.translate(canvas.width / 2, canvas.height / 2)
  context.rotate((turn * Math.PI) / 180)
  context.drawImage(bitmap, -bitmap.width / 2, -bitmap.height / 2)
}
