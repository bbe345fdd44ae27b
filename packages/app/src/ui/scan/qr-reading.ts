/**
 * Reads QR codes out of pictures: the browser's own BarcodeDetector where it has one, a small decoder elsewhere, which is fetched when it is first
 * needed. Pictures stay in this page.
 */

import { hasTooManyPoints, pictureSize } from './picture-size.ts'

/** The texts of the codes in a picture of this size, in no order; none when there is no code to be read. */
export type QrReader = (picture: ImageBitmap | HTMLVideoElement, width: number, height: number) => Promise<string[]>

interface Detector {
  detect(source: ImageBitmap | HTMLVideoElement): Promise<{ rawValue: string }[]>
}

declare global {
  // eslint-disable-next-line no-var -- only `var` declares a property of globalThis
  var BarcodeDetector:
    { new (options: { formats: string[] }): Detector; getSupportedFormats(): Promise<string[]> } | undefined
}

/** Larger frames of the camera are drawn smaller: a code of 60 modules stays legible, an old phone stays quick. */
const LARGEST_FRAME = 960
/** A picture is looked at once: a code may be small in it. */
const LARGEST_PICTURE = 2560
/** Further attempts after the first, which a still picture is worth. */
const PICTURE_EFFORT = { effort: 4, timeLimit: 150 }

/** For the camera's frames, one after the other; with `isPicture` for a picture that is looked at once and longer. Throws where nothing can be drawn. */
export async function qrReader({ isPicture = false } = {}): Promise<QrReader> {
  const formats = await globalThis.BarcodeDetector?.getSupportedFormats().catch((): string[] => [])
  if (globalThis.BarcodeDetector !== undefined && formats?.includes('qr_code')) {
    const detector = new globalThis.BarcodeDetector({ formats: ['qr_code'] })
    return async (picture) => (await detector.detect(picture)).map(({ rawValue }) => rawValue)
  }
  const { decodeQR } = await import('qr/decode.js')
  const canvas = document.createElement('canvas')
  const context = canvas.getContext('2d', { willReadFrequently: true })
  if (context === null) throw new Error('no canvas')
  return async (picture, width, height) => {
    const scale = Math.min(1, (isPicture ? LARGEST_PICTURE : LARGEST_FRAME) / Math.max(width, height))
    canvas.width = Math.max(1, Math.round(width * scale))
    canvas.height = Math.max(1, Math.round(height * scale))
    context.drawImage(picture, 0, 0, canvas.width, canvas.height)
    try {
      return [decodeQR(context.getImageData(0, 0, canvas.width, canvas.height), isPicture ? PICTURE_EFFORT : {})]
    } catch {
      // No code in this picture.
      return []
    }
  }
}

/** The texts of the codes in a picture file, turned as its camera says; null where the file is no picture that this browser can show. */
export async function readQrFile(file: Blob): Promise<string[] | null> {
  const size = await pictureSize(file)
  if (size === null || hasTooManyPoints(size)) return null
  const picture = await createImageBitmap(file).catch(() => null)
  if (picture === null) return null
  try {
    const read = await qrReader({ isPicture: true })
    return await read(picture, picture.width, picture.height)
  } finally {
    picture.close()
  }
}
