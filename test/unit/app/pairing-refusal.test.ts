/** H7, K8: what an administrator reads when the server does not accept a new device. */
import { expect, test } from 'vitest'
import { refusalText } from '@chartkeep/app/src/app/enrol/pairing-refusal.ts'
import { en } from '@chartkeep/app/src/i18n/en/index.ts'

const t = ((key: string) => key) as unknown as Parameters<typeof refusalText>[1]

test('H7: a full server is said to be full, and not only that it refused', () => {
  expect(refusalText({ type: 'refused', error: 'server-full' }, t)).toBe('pair.serverFull')
  expect(refusalText({ type: 'refused', error: 'too-early' }, t)).toBe('pair.refused error.code')
  expect(en.pair.serverFull).toMatch(/full.*Nothing was changed/)
})
