/**
 * Builds the app to packages/app/dist: hashed assets, heavy parts in chunks of their own, and the service worker as
 * /service-worker.js with the list of what it keeps. Nothing is fetched from another origin.
 */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'

const room = fileURLToPath(new URL('.', import.meta.url))
/** The minifier chooses the quotes. */
const PRECACHE_MARK = /\[["'`]\/__precache__["'`]\]/
const VERSION_MARK = '__shell_version__'

/** Writes the list of built files and a name for this build into service-worker.js, after everything is on disk. */
function precacheList(): Plugin {
  let dist = join(room, 'dist')
  return {
    name: 'chartkeep-precache-list',
    apply: 'build',
    configResolved(config) {
      dist = resolve(config.root, config.build.outDir)
    },
    closeBundle() {
      const workerFile = join(dist, 'service-worker.js')
      const worker = readFileSync(workerFile, 'utf8')
      const files = readdirSync(dist, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name).slice(dist.length).replaceAll('\\', '/'))
        .filter((path) => path !== '/service-worker.js' && !path.endsWith('.map') && !path.startsWith('/sample/'))
        .sort()
      const digest = createHash('sha256').update(worker)
      for (const path of files) digest.update(path).update(readFileSync(join(dist, path)))
      if (!PRECACHE_MARK.test(worker) || !worker.includes(VERSION_MARK)) {
        throw new Error('service-worker.js has lost the marks for its precache list')
      }
      writeFileSync(
        workerFile,
        worker.replace(PRECACHE_MARK, JSON.stringify(files)).replace(VERSION_MARK, digest.digest('hex').slice(0, 16)),
      )
    },
  }
}

/** Our packages only declare; a module that nobody imports from may go. Styles and the entries act by being imported. */
const onlyOfApp = (id: string) => !/\/packages\/(?!app\/)[a-z]+\/src\//u.test(id)

export default defineConfig({
  root: room,
  base: '/',
  plugins: [react(), precacheList()],
  worker: { format: 'es', rollupOptions: { treeshake: { moduleSideEffects: onlyOfApp } } },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2022',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 900,
    rollupOptions: {
      input: { index: join(room, 'index.html'), 'service-worker': join(room, 'src/service-worker.ts') },
      treeshake: { moduleSideEffects: onlyOfApp },
      output: {
        entryFileNames: (chunk) => (chunk.name === 'service-worker' ? 'service-worker.js' : 'assets/[name]-[hash].js'),
      },
    },
  },
  server: {
    port: 5173,
    proxy: { '/v1': { target: 'http://localhost:8787', ws: true }, '/healthz': 'http://localhost:8787' },
  },
})
