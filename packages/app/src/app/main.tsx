/** Starts the app in a browser or in the desktop shell's window. */
import '../ui/styles/styles.ts'
import { createRoot } from 'react-dom/client'
import { startLanguages } from '../i18n/index.ts'
import { currentPlatform } from '../platform/platform.ts'
import { App } from './app.tsx'
import { bringFonts } from '../ui/styles/fonts.ts'
import { deviceName } from '../platform/device-name.ts'
import { lazyAccountManager } from './session/lazy-account-manager.ts'
import { applyTextScale } from './hooks/preferences.ts'
import { sampleOffer } from '../features/import/sample-offer.ts'
import { keepInstallOffer } from '../platform/install-offer.ts'
import { registerShell } from '../platform/register-shell.ts'
import { keepFocus } from './place/keep-focus.ts'
import { showRefused } from './hooks/refused-field.ts'

const newOpener = () => new Worker(new URL('../opener-worker.ts', import.meta.url), { type: 'module' })

keepInstallOffer()
startLanguages()
applyTextScale()
keepFocus()
showRefused()
bringFonts()
const platform = currentPlatform()
const root = document.getElementById('root')
if (root) {
  const accountManager = lazyAccountManager(async () => {
    const { browserPlatform, createAccountManager } = await import('@chartkeep/sync')
    return createAccountManager(browserPlatform(deviceName(navigator.userAgent), platform.systemKeys, newOpener))
  })
  const app = createRoot(root)
  app.render(<App services={{ accountManager, platform, demo: null }} />)
  // Only a server that was started as a demonstration offers the sample family.
  const { ownServer } = platform
  if (ownServer !== null) {
    void sampleOffer(accountManager, ownServer).then((demo) => {
      if (demo !== null) app.render(<App services={{ accountManager, platform, demo }} />)
    })
  }
}
void registerShell(platform.kind)
