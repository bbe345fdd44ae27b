/** Reads a Bundle with one record of so many bytes, all of it empty elements, and a small one behind it; prints what came of the two. A process of its own: its heap is small. */
import { readFhir, sourceOf } from '@chartkeep/interop'

const size = Number(process.argv[2])
const [head, tail] = ['{"resourceType":"Basic","extension":[', '{}]}']
const left = size - head.length - tail.length
const dense = `${head}${'{},'.repeat(Math.floor(left / 3))}${' '.repeat(left % 3)}${tail}`
const text = `{"resourceType":"Bundle","type":"collection","entry":[{"resource":${dense}},{"resource":{"resourceType":"Patient"}}]}`
const next: string[] = []
let refused: object = {}
for await (const event of readFhir(sourceOf(Buffer.from(text)))) {
  if (event.type === 'resource') next.push(event.item.resourceType)
  if (event.type === 'refused') {
    const { reason, resourceType, sizeBytes } = event
    refused = { reason, resourceType, sizeBytes }
  }
}
process.stdout.write(JSON.stringify({ ...refused, next }))
