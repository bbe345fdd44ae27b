#!/usr/bin/env node
/** `chartkeep-verify FILE --trust FINGERPRINT ...`: starts src/main.ts, which Node 22.18 and later run as it is. */
await import('../src/main.ts')
