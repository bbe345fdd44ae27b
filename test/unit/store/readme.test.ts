/**
 * The five lines of packages/store/README.md, taken from the page and run as they are there, on IndexedDB in Node.
 *
 * In a process of its own (vitest.config.ts).
 * @vitest-environment-options { "alone": "readme" }
 */
import 'fake-indexeddb/auto'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RxDatabase } from 'rxdb'
import { afterAll, expect, test } from 'vitest'
import { repository } from '../../../scripts/pinned-node.mjs'

// Inside the repository, so that the names of packages are found.
const folder = join(repository, 'test-results/readme')

afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('ST6: the five lines of the README give a database that keeps what is put in', async () => {
  const page = readFileSync(join(repository, 'packages/store/README.md'), 'utf8')
  const code = /```ts\n(.*?)```/su.exec(page)?.[1] ?? ''
  expect(code.split('\n').filter((line) => line !== '')).toHaveLength(5)
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'five-lines.ts'), `${code}\nexport { db }\n`)
  const { db } = (await import(/* @vite-ignore */ join(folder, 'five-lines.ts'))) as { db: RxDatabase }
  const schema = {
    version: 0,
    primaryKey: 'id',
    type: 'object',
    properties: { id: { type: 'string', maxLength: 20 }, text: { type: 'string' } },
  } as const
  const { notes } = await db.addCollections({ notes: { schema } })
  await notes.insert({ id: 'one', text: 'kept' })
  expect((await notes.findOne('one').exec())?.text).toBe('kept')
  await db.close()
})
