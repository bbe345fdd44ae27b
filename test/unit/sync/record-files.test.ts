/** Files that are inline in a record, as another person may have written it. */
import { recordFiles } from '@chartkeep/sync/testing'
import { expect, test } from 'vitest'

const sizesOf = (data: string) =>
  recordFiles(JSON.stringify({ resourceType: 'Binary', contentType: 'text/plain', data })).map(({ size }) => size)

test.each([
  ['aGVsbG8=', 5],
  ['aGVsbG8h', 6],
  ['aGVsbA==', 4],
])('B1: the size of %s is %d bytes', (data, size) => {
  expect(sizesOf(data)).toEqual([size])
})

test('Y2: data that is padding, as long as a record can hold, is read once', { timeout: 10_000 }, () => {
  expect(sizesOf(`${'='.repeat(250_000)}A`)).toHaveLength(1)
})

test('B1: the name of a file shows its overrides: one that ends in exe does not look like a PDF', () => {
  const resource = JSON.stringify({ contentType: 'text/plain', title: 'bill\u202efdp.exe', data: 'aGVsbG8=' })
  expect(recordFiles(resource).map(({ name }) => name)).toEqual(['bill⟦RLO⟧fdp.exe'])
})
