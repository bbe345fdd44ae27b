/** The worker that reads a PDF (Mozilla's pdf.js, in its build for older browsers): a script of the build, for the content policy lets no other one run. */
import './pdf-limits.ts'
import 'pdfjs-dist/legacy/build/pdf.worker.min.mjs'
