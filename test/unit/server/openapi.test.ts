/** H5: docs/openapi.json is what the routes and shapes of today say. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describeInterface } from '@chartkeep/sync-server/testing'
import { expect, test } from 'vitest'

interface Document {
  paths: Record<
    string,
    Record<string, { requestBody?: unknown; security?: unknown[]; parameters?: { name: string }[] }>
  >
  components: { schemas: Record<string, { type?: string; properties?: object }> }
}

test('H5: the committed description of the interface is current: npm run openapi writes it', async () => {
  const committed = readFileSync(join(import.meta.dirname, '../../../docs/openapi.json'), 'utf8')
  expect(committed).toBe(await describeInterface())
})

test('H5: every route of the protocol is described, with its parameters and the fields of its messages', async () => {
  const { paths, components } = JSON.parse(await describeInterface()) as Document
  expect(Object.keys(paths)).toEqual(
    expect.arrayContaining(['/healthz', '/readyz', '/metrics', '/v1/accounts', '/v1/vaults/{id}/push']),
  )
  const push = paths['/v1/vaults/{id}/push']!['post']!
  expect(push.parameters?.map(({ name }) => name)).toEqual(['id'])
  expect(push.requestBody).toMatchObject({
    content: { 'application/cbor': { schema: { $ref: '#/components/schemas/PushRequest' } } },
  })
  expect(push.security).toBeUndefined()
  expect(paths['/v1/challenge']!['post']!.security).toEqual([])
  expect(components.schemas['PushRequest']).toMatchObject({
    type: 'object',
    required: ['envelopes'],
    properties: { envelopes: { type: 'array', maxItems: 512, items: { properties: { proof: { type: 'object' } } } } },
  })
  for (const [name, { type }] of Object.entries(components.schemas)) expect(type, name).toBe('object')
})
