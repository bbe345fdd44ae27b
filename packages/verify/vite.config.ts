/** Builds the verifier as one file that Node 20 and later run anywhere, with no other file: dist/chartkeep-verify.mjs. */
import { defineConfig } from 'vite'

export default defineConfig({
  ssr: { noExternal: true },
  build: {
    ssr: 'src/main.ts',
    target: 'node20',
    minify: false,
    rolldownOptions: { output: { entryFileNames: 'chartkeep-verify.mjs' } },
  },
})
