/**
 * Writes packages/interop/src/fhir-xml/fhir-shape.ts: which elements of FHIR R4 are lists, booleans, numbers or of a type with elements of its own, as
 * a reader of FHIR XML must know it. Made from the types of R4 in the npm package @medplum/fhirtypes (Apache-2.0), unpacked in a folder:
 * `npm pack @medplum/fhirtypes@4.5.2`, then `node scripts/fhir-shape.mjs <folder>/package/dist`.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const folder = process.argv[2]
if (folder === undefined) throw new Error('say the folder of the types')
/** @type {Map<string, string>} */
const bodies = new Map()
for (const file of readdirSync(folder).filter((name) => name.endsWith('.d.ts'))) {
  const text = readFileSync(join(folder, file), 'utf8').replaceAll(/\/\*[^]*?\*\//g, '')
  for (const [, name = '', body = ''] of text.matchAll(/export interface (\w+)(?:<[^>]*>)?[^{]*\{([^]*?)\n\}/g))
    bodies.set(name, body)
}
/** The reader knows these by itself. */
const EVERYWHERE = new Set(['resourceType', 'extension', 'modifierExtension', 'contained', 'meta'])
/** @type {string[]} */
const lines = []
for (const [name, body] of [...bodies].sort(([one], [other]) => (one < other ? -1 : 1))) {
  const elements = []
  for (const [, element = '', type = ''] of body.matchAll(/^\s+(\w+)\??:\s*([^;]+);/gm)) {
    if (element.startsWith('_') || EVERYWHERE.has(element)) continue
    const isList = type.trim().endsWith('[]')
    const plain = type.trim().replace(/\[\]$/, '').replace(/<.*>$/, '')
    const kind =
      plain === 'boolean'
        ? '?'
        : plain === 'number'
          ? '#'
          : bodies.has(plain) && plain !== 'Resource'
            ? `:${plain}`
            : ''
    if (isList || kind !== '') elements.push(`${element}${isList ? '*' : ''}${kind}`)
  }
  if (elements.length > 0) lines.push([name, ...elements].join(' '))
}
const head = `/**
 * Elements of FHIR R4 by type, a line for each: \`*\` a list, \`?\` a boolean, \`#\` a number, \`:Type\` with elements of its own. All others are
 * single texts. Written by scripts/fhir-shape.mjs from the types of the npm package @medplum/fhirtypes; not edited by hand.
 */`
writeFileSync(
  'packages/interop/src/fhir-xml/fhir-shape.ts',
  `${head}\nexport const FHIR_SHAPE = \`${lines.join('\n')}\`\n`,
)
