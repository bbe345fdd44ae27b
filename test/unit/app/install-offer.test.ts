/** Which words help to put the app on the home screen. */
import { installWay } from '@chartkeep/app/src/platform/install-offer.ts'
import { expect, test } from 'vitest'

test('Install: an iPad that calls itself a Mac is told from a Mac by its touch', () => {
  const mac = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.0 Safari/605.1.15'
  expect(installWay(mac, 5)).toBe('ios')
  expect(installWay(mac, 0)).toBe('computer')
  expect(installWay('Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604.1', 5)).toBe('ios')
  expect(installWay('Mozilla/5.0 (Linux; Android 15; Pixel 9) Chrome/146.0 Mobile', 5)).toBe('android')
  expect(installWay('Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/146.0', 10)).toBe('computer')
})
