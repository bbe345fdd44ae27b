/** Writes down what Node compiled for this file (NODE_COMPILE_CACHE, scripts/pinned-node.mjs), which it does only when a process ends by itself: the next files begin sooner. */
import { flushCompileCache } from 'node:module'
import { afterAll } from 'vitest'

afterAll(() => flushCompileCache())
