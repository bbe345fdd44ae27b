/** The worker that draws the pages of a PDF, so that the app's own thread stays free. */
import 'pdfjs-dist/legacy/build/pdf.renderer.min.mjs'
