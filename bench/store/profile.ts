/** What is read off a browser from outside: the bytes of its profile folder, where its time goes. */
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { ms, table } from '../support/report.ts'

/** The 25 functions with the greatest time of their own. */
export function hottest(profile: {
  nodes: { id: number; callFrame: { functionName: string; lineNumber: number } }[]
  samples?: number[]
  timeDeltas?: number[]
}): string {
  const nameById = new Map(
    profile.nodes.map(({ id, callFrame }) => [
      id,
      `${callFrame.functionName || '(anonymous)'}:${callFrame.lineNumber}`,
    ]),
  )
  const micros = new Map<string, number>()
  profile.samples?.forEach((id, index) => {
    const name = nameById.get(id) ?? ''
    micros.set(name, (micros.get(name) ?? 0) + (profile.timeDeltas?.[index] ?? 0))
  })
  const hot = [...micros].sort((a, b) => b[1] - a[1]).slice(0, 25)
  return table(
    ['function of the bundle', 'own ms'],
    hot.map(([name, total]) => [name, ms(total / 1000)]),
  )
}

/** What the profile folder keeps for the page: IndexedDB and local storage, whole files. */
export function bytesIn(folder: string): number {
  return ['IndexedDB', 'Local Storage', 'WebStorage']
    .map((name) => join(folder, 'Default', name))
    .flatMap((path) => {
      try {
        return readdirSync(path, { recursive: true, withFileTypes: true })
      } catch {
        return []
      }
    })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0)
}
