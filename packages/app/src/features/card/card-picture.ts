/**
 * The lock-screen picture: a white panel under the clock of the phone, with the lines of the card and its QR code, drawn on a canvas of this
 * device. Text is never smaller than a reader can take in at arm's length; lines that then find no room are told, not shrunk or cut.
 */
import { encodeQR } from 'qr'

/** Size of the picture in its own pixels; `scale` are pixels of the picture for one of the screen. */
export interface PictureSize {
  width: number
  height: number
  scale: number
}

/** Where a computer has no phone's screen to go by: a common one, 360 x 800 at 3. */
const COMMON: PictureSize = { width: 1080, height: 2400, scale: 3 }
/** Screens wider than this are no phones. */
const WIDEST_PHONE = 600

/** The screen in the hand, else a common phone. */
export function pictureSize({ width, height }: { width: number; height: number }, ratio: number): PictureSize {
  const [across, along] = [Math.min(width, height), Math.max(width, height)]
  if (across > WIDEST_PHONE || across < 200) return COMMON
  return { width: Math.round(across * ratio), height: Math.round(along * ratio), scale: ratio }
}

/** Shares of the height: phones put clock and date above, torch, camera and notices below. */
const CLOCK = 0.33
const FOOT = 0.9
/** Of the width. */
const EDGE = 0.05
const QR_SHARE = 0.4
/** CSS pixels. */
const LARGEST = 22
const SMALLEST = 14
const LINE = 1.3

/** What measures a text: its width in pixels of the picture at a font of so many. */
export type MeasureText = (text: string, fontPixels: number, isBold: boolean) => number

/** One line of the picture. */
export interface PictureRow {
  text: string
  isBold: boolean
  x: number
  /** Of its upper edge. */
  y: number
}

/** Where everything stands. */
export interface PicturePlan {
  size: PictureSize
  panel: { x: number; y: number; width: number; height: number }
  fontPixels: number
  rows: PictureRow[]
  qr: { x: number; y: number; side: number }
  side: PictureRow[]
  /** Places in `lines` that found no room. */
  left: number[]
}

/** What stands in it. `lines` are whole lines of the card. */
export interface PictureContent {
  /** In each language; on one line where there is room. */
  heading: string[]
  lines: { text: string; isBold: boolean }[]
  /** Beside the code. */
  side: string[]
  qr: string
  /** What is said in the picture where `count` lines found no room. */
  more: (count: number) => string
}

/** The largest letters with which everything has room; at the smallest, as many whole lines as there is room for. */
export function planPicture(size: PictureSize, content: PictureContent, measure: MeasureText): PicturePlan {
  const panel = {
    x: Math.round(size.width * EDGE),
    y: Math.round(size.height * CLOCK),
    width: Math.round(size.width * (1 - 2 * EDGE)),
    height: Math.round(size.height * (FOOT - CLOCK)),
  }
  const pad = Math.round(size.width * EDGE * 0.8)
  const side = Math.round(size.width * QR_SHARE)
  const qr = { x: panel.x + pad / 2, y: panel.y + panel.height - side - pad / 2, side }
  const inner = panel.width - 2 * pad
  const bottom = qr.y - pad / 2
  const layOut = (fontPixels: number, kept = 0) => {
    const rows: PictureRow[] = []
    const left: number[] = []
    let y = panel.y + pad * 0.7
    const put = (text: string, isBold: boolean, foot: number): boolean => {
      const wrapped = wrap(text, inner, (part) => measure(part, fontPixels, isBold))
      if (y + wrapped.length * fontPixels * LINE > foot) return false
      for (const part of wrapped) {
        rows.push({ text: part, isBold, x: panel.x + pad, y })
        y += fontPixels * LINE
      }
      y += fontPixels * 0.25
      return true
    }
    const heading = content.heading.join(' ')
    const isWide = measure(heading, fontPixels, true) > inner
    for (const text of isWide ? content.heading : [heading]) put(text, true, bottom)
    content.lines.forEach(({ text, isBold }, index) => {
      if (!put(text, isBold, bottom - kept)) left.push(index)
    })
    if (kept > 0) put(content.more(left.length), false, Infinity)
    return { fontPixels, rows, left }
  }
  let best = null
  for (let css = LARGEST; css >= SMALLEST && best === null; css--) {
    const tried = layOut(css * size.scale)
    if (tried.left.length === 0) best = tried
  }
  const smallest = SMALLEST * size.scale
  // The line that counts what is missing may wrap too.
  best ??= layOut(smallest, 2 * smallest * LINE)
  const sideFont = SMALLEST * size.scale
  const sideX = qr.x + qr.side + pad / 2
  const sideWidth = panel.x + panel.width - pad / 2 - sideX
  const sideRows = content.side
    .flatMap((text) => [...wrap(text, sideWidth, (part) => measure(part, sideFont, false)), ''])
    .map((text, index) => ({ text, isBold: false, x: sideX, y: qr.y + pad / 2 + index * sideFont * LINE }))
    .filter(({ text, y }) => text !== '' && y + sideFont <= qr.y + qr.side)
  return { size, panel, ...best, qr, side: sideRows }
}

/** Breaks at spaces and between ideographs; a word that is wider than the line breaks within. A number keeps its unit. */
export function wrap(text: string, width: number, measure: (part: string) => number): string[] {
  const parts = text
    .replaceAll(/(\d) (?=[\p{L}%])/gu, '$1\u00A0')
    .split(/(?<=[ ])|(?<=[\p{Script=Han}\p{Po}])(?=\p{Script=Han})/u)
  const rows: string[] = []
  let row = ''
  for (const part of parts) {
    if (measure((row + part).trimEnd()) <= width) {
      row += part
      continue
    }
    if (row !== '') rows.push(row.trimEnd())
    row = ''
    for (const letter of part) {
      if (row !== '' && measure(row + letter) > width) {
        rows.push(row.trimEnd())
        row = ''
      }
      row += letter
    }
  }
  return [...rows, row.trimEnd()].filter((line) => line !== '')
}

const FONT =
  'system-ui, -apple-system, "Segoe UI", Roboto, "PingFang TC", "Microsoft JhengHei UI", "Noto Sans TC", "Noto Sans CJK TC", sans-serif'

function fontOf(pixels: number, isBold: boolean): string {
  return `${isBold ? '700' : '400'} ${pixels}px ${FONT}`
}

/** Draws the picture over the whole canvas, which takes its size. Answers with the plan, or null where there is no canvas. */
export function drawPicture(canvas: HTMLCanvasElement, size: PictureSize, content: PictureContent): PicturePlan | null {
  canvas.width = size.width
  canvas.height = size.height
  const pen = canvas.getContext('2d')
  if (pen === null) return null
  const plan = planPicture(size, content, (text, pixels, isBold) => {
    pen.font = fontOf(pixels, isBold)
    return pen.measureText(text).width
  })
  pen.fillStyle = '#0b4843'
  pen.fillRect(0, 0, size.width, size.height)
  const { panel, qr } = plan
  pen.fillStyle = '#fff'
  pen.beginPath()
  pen.roundRect(panel.x, panel.y, panel.width, panel.height, size.width * 0.03)
  pen.fill()
  pen.fillStyle = '#000'
  pen.textBaseline = 'top'
  for (const { text, isBold, x, y } of plan.rows) {
    pen.font = fontOf(plan.fontPixels, isBold)
    pen.fillText(text, x, y)
  }
  pen.font = fontOf(SMALLEST * size.scale, false)
  for (const { text, x, y } of plan.side) pen.fillText(text, x, y)
  drawCode(pen, content.qr, qr)
  return plan
}

/** Whole pixels for each module: a code with blurred edges is read late. */
function drawCode(pen: CanvasRenderingContext2D, text: string, { x, y, side }: PicturePlan['qr']): void {
  const modules = encodeQR(text, 'raw', { ecc: 'medium', border: 4 })
  const module = Math.max(1, Math.floor(side / modules.length))
  const left = Math.round(x + (side - module * modules.length) / 2)
  const top = Math.round(y + (side - module * modules.length) / 2)
  pen.fillStyle = '#fff'
  pen.fillRect(left, top, module * modules.length, module * modules.length)
  pen.fillStyle = '#000'
  modules.forEach((row, line) =>
    row.forEach((isDark, column) => {
      if (isDark) pen.fillRect(left + column * module, top + line * module, module, module)
    }),
  )
}

/** The picture as a PNG file; null where the browser gives none. */
export function pictureFile(canvas: HTMLCanvasElement): Promise<Blob | null> {
  return new Promise((resolve) => canvas.toBlob(resolve, 'image/png'))
}
