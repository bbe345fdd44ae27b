/**
 * The gateway as a program. `--demo` is the one way to start it: with a chart of its own and two programs that may read it. Started by
 * scripts/gateway.mjs, which starts the demo's sync server and names it.
 */
import { parseArgs } from 'node:util'
import { createGateway } from './app.ts'
import { openDemo } from './demo.ts'

const USAGE = `npm run gateway -- --demo [--port 8790] [--folder FOLDER]

Starts a gateway with the sample family's chart in a folder of its own and lets two programs in: one that reads, one that also writes.
FHIR R4 REST at /fhir, GraphQL at /graphql, live queries at /live, for this machine alone. Ctrl-C stops it.
`

async function run(): Promise<number> {
  const { values } = parseArgs({
    options: {
      demo: { type: 'boolean', default: false },
      port: { type: 'string', default: '8790' },
      folder: { type: 'string' },
      server: { type: 'string' },
      sample: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  const { demo, port, folder, server, sample, help } = values
  if (
    help ||
    !demo ||
    folder === undefined ||
    server === undefined ||
    sample === undefined ||
    !/^\d{1,5}$/u.test(port)
  ) {
    process.stdout.write(USAGE)
    return help ? 0 : 2
  }
  const print = (line: string) => process.stdout.write(`${line}\n`)
  const opened = await openDemo({ folder, server, sample, print })
  const clock = { now: () => Date.now(), steady: () => performance.now() }
  let hosts: string[] = []
  const gateway = await createGateway({
    session: opened.gateway,
    shelf: opened.gateway.shelf('gateway'),
    clock,
    hosts: () => hosts,
  })
  const keys = await opened.letIn(gateway.gate)
  const address = await gateway.app.listen({ host: '127.0.0.1', port: Number(port) })
  const { port: own } = new URL(address)
  hosts = [`127.0.0.1:${own}`, `localhost:${own}`]
  for (const line of greeting(`http://127.0.0.1:${own}`, folder, keys)) print(line)
  await new Promise<void>((resolve) => {
    process.once('SIGINT', () => resolve())
    process.once('SIGTERM', () => resolve())
  })
  await gateway.stop()
  await opened.gateway.syncNow().catch(() => {})
  await opened.gateway.lock()
  await opened.family.lock()
  return 0
}

function greeting(address: string, folder: string, keys: { read: string; write: string; patient: string }): string[] {
  const reading = `-H 'Authorization: Bearer ${keys.read}'`
  const query =
    '{"query":"{ ObservationList(code: \\"38483-4\\", _sort: \\"-date\\", _count: 3) { effectiveDateTime valueQuantity { value unit } json } }"}'
  return [
    '',
    `Gateway:          ${address}/fhir (this machine alone)`,
    `Folder:           ${folder}`,
    `Patient:          ${keys.patient}`,
    `Key for reading:  ${keys.read}`,
    `Key for writing:  ${keys.write}`,
    '',
    'Three commands to try:',
    '',
    `curl ${reading} '${address}/fhir/Observation?category=laboratory&_sort=-date&_count=2'`,
    '',
    `curl ${reading} -H 'Content-Type: application/json' -d '${query}' ${address}/graphql`,
    '',
    `curl -N ${reading} '${address}/live?type=Observation'`,
    '',
    'While the last one listens, another terminal writes, and the stream shows it:',
    '',
    `curl -H 'Authorization: Bearer ${keys.write}' -H 'Content-Type: application/fhir+json' -d '{"resourceType":"Observation","status":"final","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs"}]}],"code":{"coding":[{"system":"http://loinc.org","code":"29463-7"}],"text":"Body weight"},"subject":{"reference":"Patient/${keys.patient}"},"effectiveDateTime":"2026-11-25","valueQuantity":{"value":72.50,"unit":"kg","system":"http://unitsofmeasure.org","code":"kg"}}' ${address}/fhir/Observation`,
    '',
    'Ready.',
  ]
}

process.exitCode = await run()
