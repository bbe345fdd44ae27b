import { describe as group, expect, test } from 'vitest'
import { collectionOf, describe, parseJsonOrNull, stringifyJson } from '@chartkeep/domain'
import type { RefusalReason } from '@chartkeep/interop'
import { filesUnder, readFile, samplePaths, SAMPLES, sharedData } from '../../support/fhir-samples.ts'

interface Counts {
  files: number
  imported: number
  generic: number
  refused: Map<string, number>
}

/** Reads every file as an import would and checks what must hold for each resource; prints what came of it. */
async function importAll(title: string, paths: string[]): Promise<Counts> {
  const counts: Counts = { files: paths.length, imported: 0, generic: 0, refused: new Map() }
  for (const path of paths) {
    const { items, refusals } = await readFile(path)
    const identities = new Set(items.map(({ identity }) => identity))
    expect(identities.size, path).toBe(items.length)
    for (const item of items) {
      expect(item.collection).toBe(collectionOf(parseJsonOrNull(item.text)))
      expect(stringifyJson(item.resource)).toBe(stringifyJson(parseJsonOrNull(item.text)!))
      expect(describe(item.resource).collection).toBe(item.collection)
      counts.imported += 1
      if (item.collection === 'other') counts.generic += 1
    }
    for (const { scope, reason } of refusals)
      counts.refused.set(`${scope} ${reason}`, (counts.refused.get(`${scope} ${reason}`) ?? 0) + 1)
  }
  const refused = [...counts.refused].map(([reason, count]) => `${reason} ${count}`).join(', ')
  console.log(
    `${title}: ${counts.files} files, ${counts.imported} resources imported, ${counts.generic} of them kept as generic; refused: ${refused || 'none'}`,
  )
  return counts
}

test(
  'every file of the committed sample is imported: 30 files, and only empty entries and older versions of a record are refused',
  { timeout: 120_000 },
  async () => {
    const paths = samplePaths()
    expect(paths).toHaveLength(30)
    const { imported, refused } = await importAll(
      'committed sample',
      paths.map((path) => `${SAMPLES}/${path}`),
    )
    expect(imported).toBeGreaterThan(2900)
    expect([...refused.keys()].sort()).toEqual(['resource no-resource', 'resource older-version'])
  },
)

group('every file under the shared data folder', () => {
  const folder = sharedData()
  if (folder === null) {
    console.log(
      'SKIPPED: the shared data folder is not here (set CHARTKEEP_DATA); only the committed sample was imported.',
    )
    test('is not here, so the committed sample alone was imported', () => {
      expect(samplePaths().length).toBeGreaterThan(0)
    })
    return
  }

  test('ends in resources or in a reason, and never in a crash', { timeout: 600_000 }, async () => {
    const { imported, refused } = await importAll(
      'shared data',
      filesUnder(folder).filter((path) => !path.endsWith('.md')),
    )
    expect(imported).toBeGreaterThan(17_000)
    const ofFhir: RefusalReason[] = ['too-large', 'unreadable', 'resource-too-large', 'duplicate-key', 'too-deep']
    for (const reason of ofFhir)
      expect(refused.get(`file ${reason}`) ?? refused.get(`resource ${reason}`) ?? 0, reason).toBe(0)
  })
})
