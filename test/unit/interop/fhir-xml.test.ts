/** FHIR XML gives the resource that the same file has as JSON. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { canonicalJson, isJsonObject, type JsonValue, stringifyJson } from '@chartkeep/domain'
import { readForImport, sourceOf } from '@chartkeep/interop'
import { SAMPLES } from '../../support/fhir-samples.ts'

const PAIRS = join(SAMPLES, '../fhir-xml')

const read = async (text: string) => (await readForImport(sourceOf(new TextEncoder().encode(text)), 'a.xml'))!

/** Without narrative, whose white space the two files of a pair write in two ways. */
function plain(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(plain)
  if (!isJsonObject(value)) return value
  return Object.fromEntries(Object.entries(value).flatMap(([key, item]) => (key === 'div' ? [] : [[key, plain(item)]])))
}

const names = readdirSync(PAIRS).filter((name) => name.endsWith('.xml'))

test.each(names)('%s equals its JSON, except for the narrative', async (name) => {
  const xml = await read(readFileSync(join(PAIRS, name), 'utf8'))
  const json = await read(readFileSync(join(PAIRS, name.replace('.xml', '.json')), 'utf8'))
  expect(xml.kind).toBe('fhir-xml')
  expect(xml.items.length).toBeGreaterThan(0)
  expect(xml.items.map(({ resource }) => canonicalJson(plain(resource)))).toEqual(
    json.items.map(({ resource }) => canonicalJson(plain(resource))),
  )
})

test('digits stay, lists are lists, flags are flags, and what belongs to a text is next to it', async () => {
  const { items } =
    await read(`<?xml version="1.0"?><f:Patient xmlns:f="http://hl7.org/fhir"><f:id value="1"/><f:active value="true"/>
    <f:name><f:given value="Ana"/><f:given><f:extension url="urn:x"><f:valueCode value="unknown"/></f:extension></f:given></f:name>
    <f:birthDate value="1980"><f:extension url="urn:y"><f:valueDecimal value="1.50"/></f:extension></f:birthDate></f:Patient>`)
  expect(stringifyJson(items[0]!.resource)).toBe(
    '{"resourceType":"Patient","id":"1","active":true,"name":[{"given":["Ana",null],"_given":[null,{"extension":[{"url":"urn:x","valueCode":"unknown"}]}]}],' +
      '"birthDate":"1980","_birthDate":{"extension":[{"url":"urn:y","valueDecimal":1.50}]}}',
  )
})

test('narrative becomes text, and nothing in it is run or expanded', async () => {
  const { items } = await read(
    '<Patient xmlns="http://hl7.org/fhir"><text><status value="generated"/><div xmlns="http://www.w3.org/1999/xhtml"><p class="a">x &lt; y<br/></p></div></text></Patient>',
  )
  expect(items[0]!.resource['text']).toEqual({
    status: 'generated',
    div: '<div xmlns="http://www.w3.org/1999/xhtml"><p class="a">x &lt; y<br/></p></div>',
  })
  const { fileRefusal } = await read(
    '<!DOCTYPE Patient [<!ENTITY a SYSTEM "file:///etc/passwd">]><Patient xmlns="http://hl7.org/fhir"><id value="&a;"/></Patient>',
  )
  expect(fileRefusal?.reason).toBe('bad-xml')
})
