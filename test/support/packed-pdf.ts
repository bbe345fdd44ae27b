/** Reads the PDF that is given in base64, with arrays of at most so many MB, in a process of its own; prints how many pieces of text its page has. */
import { limitArrays } from '@chartkeep/app/src/ui/viewer/limited-arrays.ts'

const [base64 = '', mostMB] = process.argv.slice(2)
const data = new Uint8Array(Buffer.from(base64, 'base64'))
limitArrays(Number(mostMB) * 2 ** 20)
const { getDocument, VerbosityLevel } = await import('pdfjs-dist/legacy/build/pdf.mjs')
const task = getDocument({ data, verbosity: VerbosityLevel.ERRORS })
const page = await (await task.promise).getPage(1)
const { items } = await page.getTextContent()
process.stdout.write(String(items.length))
await task.destroy()
