/** The splices of an answer: against the parsed text with the named changes, numbers by their text. */
import { isJsonObject, parseJsonObject, stringifyJson, type JsonObject, type JsonValue } from '@chartkeep/domain'
import { spliceResource } from '@chartkeep/gateway/src/fhir/splice.ts'
import fc from 'fast-check'
import { expect, test } from 'vitest'

const number = fc.constantFrom('1.10', '-0', '1e400', '7.0', '0.0050', '12345678901234567890123', '1E+2')
const text = fc.oneof(fc.string(), fc.constantFrom('a"b', '\\', '{', '}', '[,]', '"reference":"x"', '\u2028'))
const leaf = fc.oneof(
  number,
  text.map((each) => JSON.stringify(each)),
  fc.constantFrom('true', 'false', 'null'),
)
const tree: fc.Memo<string> = fc.memo((depth) =>
  depth <= 1
    ? leaf
    : fc.oneof(
        leaf,
        fc.array(tree(depth - 1), { maxLength: 3 }).map((items) => `[ ${items.join(' ,')}]`),
        fc
          .uniqueArray(
            fc.tuple(fc.constantFrom('reference', 'value', 'id', 'meta', 'a b', 'é', 'x'), tree(depth - 1)),
            {
              maxLength: 4,
              selector: ([key]) => key,
            },
          )
          .map((members) => `{${members.map(([key, value]) => `${JSON.stringify(key)} : ${value}`).join(',\n ')}}`),
      ),
)
const resource = fc
  .tuple(
    fc.constantFrom('', '"id":"old",', '"meta":{"tag":[{"code":"1.0"}],"versionId":"9"},', '"id":"a","meta":{},'),
    fc.uniqueArray(fc.tuple(fc.constantFrom('subject', 'value', 'component', 'note'), tree(3)), {
      maxLength: 4,
      selector: ([key]) => key,
    }),
  )
  .map(
    ([head, members]) =>
      `{${head}"resourceType":"Observation"${members.map(([key, value]) => `,"${key}":${value}`).join('')}}`,
  )

const renamed = (reference: string) => (reference.length % 2 === 0 ? `Patient/${reference.length}` : null)

function changed(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(changed)
  if (!isJsonObject(value)) return value
  const made: JsonObject = Object.create(null) as JsonObject
  for (const [key, child] of Object.entries(value))
    made[key] = key === 'reference' && typeof child === 'string' ? (renamed(child) ?? child) : changed(child)
  return made
}

test('a spliced text parses to the resource with its id, its meta and its references, and every number keeps its digits', () => {
  fc.assert(
    fc.property(resource, (stored) => {
      const spliced = parseJsonObject(
        spliceResource(stored, {
          id: 'new',
          meta: { versionId: '1' },
          reference: renamed,
          file: () => 'Binary/x',
        }),
      )!
      const before = parseJsonObject(stored)!
      const meta = isJsonObject(before['meta']) ? before['meta'] : {}
      const { id: _i, meta: _m, ...rest } = before
      const expected: JsonObject = { ...(changed(rest) as JsonObject), id: 'new', meta: { ...meta, versionId: '1' } }
      const sorted = (value: JsonObject) =>
        Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      expect(stringifyJson(sorted(spliced))).toBe(stringifyJson(sorted(expected)))
    }),
    { numRuns: 2_000 },
  )
})

test('what opens a sealed file never leaves: its address is the place at the gateway', () => {
  const stored =
    '{"resourceType":"DocumentReference","content":[{"attachment":{"contentType":"application/pdf","url":"chartkeep-file:SECRET"}},{"attachment":{"contentType":"a/b","data":"chartkeep-data:SECRET"}}],"note":"chartkeep-file:SECRET"}'
  const spliced = spliceResource(stored, {
    id: 'a',
    meta: {},
    reference: () => null,
    file: (place) => `Binary/a-${place}`,
  })
  expect(spliced).not.toContain('SECRET')
  const { content } = JSON.parse(spliced) as { content: { attachment: object }[] }
  expect(content.map(({ attachment }) => attachment)).toEqual([
    { contentType: 'application/pdf', url: 'Binary/a-0' },
    { contentType: 'a/b', url: 'Binary/a-1' },
  ])
})
