/** QR codes as a camera meets them: a film of one picture as Chromium's fake camera plays it (YUV4MPEG2, grey, 640 x 480), and a picture (PNG). */
import { writeFileSync } from 'node:fs'
import { encode } from 'uqr'
import { pngWith } from './document-files.ts'

const WIDTH = 640
const HEIGHT = 480

/** Writes `text` as a code in the middle of a light frame to `path` (`*.y4m`). Throws when it is too long for the frame. */
export function writeQrVideo(path: string, text: string): void {
  const { data } = encode(text, { ecc: 'M', border: 4 })
  const scale = Math.floor(Math.min(WIDTH, HEIGHT) / data.length)
  if (scale < 3) throw new Error('the code is too fine for the camera')
  const luma = new Uint8Array(WIDTH * HEIGHT).fill(200)
  const [left, top] = [WIDTH, HEIGHT].map((size) => Math.floor((size - scale * data.length) / 2)) as [number, number]
  data.forEach((row, y) =>
    row.forEach((isDark, x) => {
      for (let line = 0; line < scale; line++) {
        const start = (top + y * scale + line) * WIDTH + left + x * scale
        luma.fill(isDark ? 20 : 235, start, start + scale)
      }
    }),
  )
  const chroma = new Uint8Array((WIDTH * HEIGHT) / 2).fill(128)
  const frame = [Buffer.from('FRAME\n'), luma, chroma]
  const head = Buffer.from(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F10:1 Ip A1:1 C420jpeg\n`)
  writeFileSync(path, Buffer.concat([head, ...Array.from({ length: 10 }, () => frame).flat()]))
}

/** Writes a photo-like picture of `text` as a code, small in a large grey field, to `path` (`*.png`). */
export function writeQrPicture(path: string, text: string): void {
  const { data } = encode(text, { ecc: 'M', border: 4 })
  const [scale, left, top] = [6, 500, 200]
  const side = scale * data.length
  const picture = pngWith(left + side + 100, top + side + 700, (x, y) => {
    const isDark = data[Math.floor((y - top) / scale)]?.[Math.floor((x - left) / scale)]
    const grey = isDark === undefined ? 190 : isDark ? 30 : 240
    return [grey, grey, grey]
  })
  writeFileSync(path, picture)
}
