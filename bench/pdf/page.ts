/** The viewer of PDFs alone in a page: the part of the app as it ships, on a file that the benchmark submits. */
import { createElement } from 'react'
import { createRoot } from 'react-dom/client'
import { MantineProvider } from '@mantine/core'
import { startLanguages } from '@chartkeep/app/src/i18n/index.ts'
import '@chartkeep/app/src/i18n/all.ts'
import { PdfView } from '@chartkeep/app/src/ui/viewer/pdf-view.tsx'

startLanguages('en')
const root = createRoot(document.getElementById('root')!)

const api = {
  /** `isControl`: pages are drawn by this thread, as where a browser cannot draw in a worker. */
  show(base64: string, isControl: boolean): void {
    if (isControl) Reflect.deleteProperty(globalThis, 'OffscreenCanvas')
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
    const view = createElement(PdfView, { bytes, name: 'report', broken: createElement('p', null, 'broken') })
    root.render(createElement(MantineProvider, null, view))
  },
}

export type PdfPageApi = typeof api
Object.assign(window, { api, ready: true })
