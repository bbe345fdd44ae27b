/**
 * The worker that reads a PDF (Mozilla's pdf.js, in its build for older browsers): a script of the build, because the content policy allows
 * no other.
 */
import './pdf-limits.ts'
import 'pdfjs-dist/legacy/build/pdf.worker.min.mjs'
