/**
 * Bundles the desktop program to desktop/dist: main.mjs for Electron's main process and preload.cjs, which a sandboxed window takes as one CommonJS
 * file. Electron itself stays outside of both. Plain JavaScript that Node 20 understands.
 */
import { join } from 'node:path'
import { repository } from './pinned-node.mjs'

/** The folder of the bundled program. */
export const desktopBuild = join(repository, 'desktop/dist')

/** @param {string} [folder] - where the two files go */
export async function bundleDesktop(folder = desktopBuild) {
  const { rolldown } = await import('rolldown')
  const parts = /** @type {const} */ ([
    ['main.ts', 'main.mjs', 'esm'],
    ['preload.ts', 'preload.cjs', 'cjs'],
  ])
  for (const [entry, file, format] of parts) {
    const bundle = await rolldown({
      input: join(repository, 'desktop/src', entry),
      platform: 'node',
      external: ['electron'],
    })
    await bundle.write({ file: join(folder, file), format })
    await bundle.close()
  }
}
