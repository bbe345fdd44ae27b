/**
 * Opening a PDF with pdf.js: read in one worker, drawn in another, from memory only. Nothing that a PDF may carry is run or followed: no
 * scripts, no forms, no links, no files inside it.
 */
import {
  AnnotationMode,
  getDocument,
  GlobalWorkerOptions,
  PasswordException,
  PasswordResponses,
  PDFWorker,
  type PDFDocumentProxy,
  VerbosityLevel,
} from 'pdfjs-dist/legacy/build/pdf.mjs'
import { PackedData } from './pdf-data.ts'

export type { PDFDocumentProxy, PDFPageProxy } from 'pdfjs-dist/legacy/build/pdf.mjs'
export { RenderingCancelledException, TextLayer } from 'pdfjs-dist/legacy/build/pdf.mjs'

export type OpenedPdf =
  | { type: 'open'; document: PDFDocumentProxy; close: () => void }
  /** It has a password of its own; `isWrong`: and it is not the one that was given. */
  | { type: 'locked'; isWrong: boolean }
  | { type: 'broken' }

/** Drawn with the page: marks and stamps, and fields as they were filled in. */
export const ANNOTATIONS = AnnotationMode.ENABLE

/** A file of a few kilobytes can name one page a billion times: beyond so many, pages are neither shown nor searched. */
export const MOST_PAGES = 20_000

/** Never throws. `bytes` are copied. `isDrawn`: false where its pages are only read. */
export async function openPdf(bytes: Uint8Array, password: string | null, isDrawn = true): Promise<OpenedPdf> {
  const reader = new Worker(new URL('./pdf-worker.ts', import.meta.url), { type: 'module' })
  const renderer = isDrawn ? new Worker(new URL('./pdf-renderer.ts', import.meta.url), { type: 'module' }) : undefined
  const worker = PDFWorker.create({ port: reader })
  if (renderer) GlobalWorkerOptions.rendererPorts = [renderer]
  const task = getDocument({
    data: bytes.slice(),
    ...(password === null ? {} : { password }),
    worker,
    verbosity: VerbosityLevel.ERRORS,
    // Names of the parts of the pack: nothing is fetched by these addresses.
    cMapUrl: 'cmaps/',
    standardFontDataUrl: 'standard_fonts/',
    wasmUrl: 'wasm/',
    useWorkerFetch: false,
    BinaryDataFactory: PackedData,
    enableXfa: false,
    disableAutoFetch: true,
    // A page whose pictures are larger than this is drawn without them, before it takes all memory.
    maxImageSize: 100_000_000,
  })
  const close = () => {
    void task.destroy().finally(() => {
      worker.destroy()
      reader.terminate()
      renderer?.terminate()
    })
  }
  try {
    const document = await task.promise
    // What has no first page has nothing to show.
    await document.getPage(1)
    return { type: 'open', document, close }
  } catch (error) {
    close()
    if (error instanceof PasswordException)
      return { type: 'locked', isWrong: error.code === PasswordResponses.INCORRECT_PASSWORD }
    return { type: 'broken' }
  }
}
