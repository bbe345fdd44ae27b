/** What the worker of a PDF may hold in one piece: four bytes for each point of the largest picture that is drawn. Imported before pdf.js. */
import { limitArrays } from './limited-arrays.ts'

limitArrays(2 ** 29)
