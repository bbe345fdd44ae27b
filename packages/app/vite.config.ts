/**
 * Builds the app to packages/app/dist: hashed assets, heavy parts in separate chunks, and the service worker as /service-worker.js with the
 * list of files that it caches. Each asset that compresses well also gets a Brotli version for the server to send, which cuts a phone's
 * first visit to a third. Nothing is fetched from another origin.
 */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants } from 'node:zlib'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'

const room = fileURLToPath(new URL('.', import.meta.url))
/** The minifier chooses the quotes. */
const PRECACHE_MARK = /\[["'`]\/__precache__["'`]\]/
const VERSION_MARK = '__shell_version__'

/** What is done to the folder of the build after everything is on disk: by these plugins one after the other, in their order. */
function afterBuild(name: string, work: (dist: string) => void): Plugin {
  let dist = join(room, 'dist')
  return {
    name: `chartkeep-${name}`,
    apply: 'build',
    configResolved(config) {
      dist = resolve(config.root, config.build.outDir)
    },
    closeBundle: { order: 'post', sequential: true, handler: () => work(dist) },
  }
}

/** Writes the list of built files and a name for this build into service-worker.js. */
function listForServiceWorker(dist: string): void {
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
}

/** Text, and binary files that are not compressed yet; pictures and fonts are compressed already. */
const SHRINKS = /\.(?:js|css|svg|json|bin)$/u
/** RFC 7932: beyond it a build takes ten times as long for a tenth. */
const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 6 } }

/** Writes `<file>.br` for each asset that becomes smaller. A file without a hash in its name may be edited by hand and gets none. */
function compressAssets(dist: string): void {
  for (const entry of readdirSync(join(dist, 'assets'), { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !SHRINKS.test(entry.name)) continue
    const path = join(entry.parentPath, entry.name)
    const plain = readFileSync(path)
    const small = brotliCompressSync(plain, BROTLI)
    if (small.length < plain.length * 0.9) writeFileSync(`${path}.br`, small)
  }
}

/**
 * Resources that PDFs need: character maps (Chinese among them), Foxit's symbol fonts, and picture decoders. Liberation's fonts are left
 * out because of their licence (GPL): pdf.js uses the system's fonts instead.
 */
const PDF_FOLDERS = { cmaps: /\.bcmap$/u, standard_fonts: /\.pfb$/u, wasm: /^(?!quickjs).*\.wasm$/u }

/**
 * All of these in one file, so that the service worker caches one file instead of two hundred: u32 length || JSON of names with offset and
 * length || bytes. The app has its address as `PDF_DATA`, and fetches it when a PDF first needs a resource.
 */
function pdfData(): Plugin {
  const folder = dirname(createRequire(import.meta.url).resolve('pdfjs-dist/package.json'))
  const names = Object.entries(PDF_FOLDERS).flatMap(([part, wanted]) =>
    readdirSync(join(folder, part))
      .filter((name) => wanted.test(name))
      .sort()
      .map((name) => `${part}/${name}`),
  )
  const files = names.map((name) => readFileSync(join(folder, name)))
  const places: Record<string, [number, number]> = {}
  let at = 0
  for (const [index, file] of files.entries()) {
    places[names[index]!] = [at, file.length]
    at += file.length
  }
  const index = Buffer.from(JSON.stringify(places))
  const length = Buffer.alloc(4)
  length.writeUInt32BE(index.length)
  const packed = Buffer.concat([length, index, ...files])
  const fileName = `assets/pdf-data-${createHash('sha256').update(packed).digest('hex').slice(0, 12)}.bin`
  return {
    name: 'chartkeep-pdf-data',
    config: () => ({ define: { PDF_DATA: JSON.stringify(`/${fileName}`) } }),
    generateBundle() {
      this.emitFile({ type: 'asset', fileName, source: packed })
    },
    configureServer(server) {
      server.middlewares.use(`/${fileName}`, (_, answer) => void answer.end(packed))
    },
  }
}

/** `npm run dev`: what draws a changed screen again comes as a script in the page, which the policy of the built app refuses. */
function forDevelopment(): Plugin {
  return {
    name: 'chartkeep-development',
    apply: 'serve',
    transformIndexHtml: (html) => html.replace("script-src 'self'", "script-src 'self' 'unsafe-inline'"),
  }
}

/** Our packages only declare; a module that nobody imports from may go. Styles and the entries act by being imported. */
const onlyOfApp = (id: string) => !/\/packages\/(?!app\/)[a-z]+\/src\//u.test(id)

export default defineConfig({
  root: room,
  base: '/',
  plugins: [
    react({ jsxImportSource: '@chartkeep/app' }),
    pdfData(),
    forDevelopment(),
    afterBuild('precache-list', listForServiceWorker),
    afterBuild('brotli-files', compressAssets),
  ],
  worker: { format: 'es', rollupOptions: { treeshake: { moduleSideEffects: onlyOfApp } } },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2022',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    // Some 40 files of a few hundred bytes otherwise, and a phone's first visit asks for every one.
    cssCodeSplit: false,
    // The lists that judge a passphrase, fetched where one is chosen.
    chunkSizeWarningLimit: 1_700,
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
