/**
 * Imports a generated NDJSON file of the given size (argument, MB) and prints what came of it as one line of JSON. Started
 * with a small heap (`--max-old-space-size`), so that anything that grows with the file ends the process.
 */
import { readFhir, type ByteSource } from '@chartkeep/interop'

const sizeBytes = Number(process.argv[2]) * 1024 * 1024
const cancelAt = Number(process.argv[3] ?? 'Infinity')
const filler = 'x'.repeat(5000)

/** One chunk of lines after another; every thousandth line is cut off in the middle. */
function chunkFrom(first: number): Uint8Array {
  const lines: string[] = []
  for (let id = first; id < first + 20; id += 1) {
    const line = `{"resourceType":"Observation","id":"obs-${id}","identifier":[{"system":"urn:lab","value":"${id}"}],"status":"final","code":{"text":"Potassium"},"valueQuantity":{"value":4.10},"note":[{"text":"${filler}"}]}`
    lines.push(id % 1000 === 999 ? line.slice(0, 2000) : line)
  }
  return new TextEncoder().encode(`${lines.join('\n')}\n`)
}

let bytes = 0
const source: ByteSource = {
  async *stream() {
    bytes = 0
    for (let id = 0; bytes < sizeBytes; id += 20) {
      const chunk = chunkFrom(id)
      bytes += chunk.length
      yield chunk
    }
  },
}

const controller = new AbortController()
let refused = 0
let progress = 0
for await (const event of readFhir(source, 'all.ndjson', { signal: controller.signal })) {
  if (event.type === 'refused') refused += 1
  if (event.type === 'progress') progress += 1
  if (event.type === 'resource' && event.item.index + 1 === cancelAt) controller.abort()
  if (event.type === 'done') process.stdout.write(`${JSON.stringify({ ...event, bytes, refused, progress })}\n`)
}
