/**
 * What the browser tests need from the machine: Chromium, and a font with Chinese characters (without one every
 * Chinese screen is a row of boxes, and its pictures prove nothing). Plain JavaScript that Node 20 understands.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'

/** Where Debian puts Chromium. */
export const chromium = '/usr/bin/chromium'
/** Where Debian puts Chromium without its windows: the same engine, storage and workers, and a sixth less to compute. */
const headlessShell = '/usr/bin/chromium-headless-shell'

/** What the tests start: the one without windows where it is installed. */
export const testedChromium = () => (existsSync(headlessShell) ? headlessShell : chromium)

/**
 * How the tests start it. The popups of the address bar are pages of their own, drawn by a process of their own before anybody asks for them:
 * half of the processor time of a start. This switch takes the place of playwright's, whose other words are here again.
 */
export const chromiumFlags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  `--disable-features=${[
    'WebUIOmniboxPopup',
    'WebUIOmniboxAimPopup',
    'AimEnabled',
    'AvoidCorsURLLoaderRestartOnRedirect',
    'AvoidUnnecessaryBeforeUnloadCheckSync',
    'DestroyProfileOnBrowserClose',
    'HttpsFirstBalancedModeAutoEnable',
    'HttpsUpgrades',
    'LensOverlay',
    'MediaRouter',
    'NetworkTimeServiceQuerying',
    'OptimizationHints',
    'PaintHolding',
    'PreconnectToSearch',
    // A renderer for the page after next, which most of our browsers never see.
    'SpareRendererForSitePerProcess',
    'ThirdPartyStoragePartitioning',
  ].join()}`,
]
const debianPackages = /** @type {const} */ ({
  chromium: 'chromium',
  shell: 'chromium-headless-shell',
  font: 'fonts-noto-cjk',
})
/** Longer than that nobody waits for the bytes of what only saves time. */
const SHELL_MS = 60_000

/** @returns {boolean} whether a font for Traditional Chinese is installed */
function hasChineseFont() {
  const listed = spawnSync('fc-list', [':lang=zh-tw', 'family'], { encoding: 'utf8' })
  if (listed.status === 0) return listed.stdout.trim() !== ''
  return existsSync('/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc')
}

/** @returns {string[]} Debian's names of what is missing */
function missingFromMachine() {
  /** @type {string[]} */
  const missing = []
  if (!existsSync(chromium)) missing.push(debianPackages.chromium)
  if (!hasChineseFont()) missing.push(debianPackages.font)
  return missing
}

/**
 * What a person must do by hand.
 *
 * @param {string[]} missing - Debian's names
 * @param {string} osRelease - the content of /etc/os-release, '' where there is none
 */
export function installAdvice(missing, osRelease) {
  const what = missing.map((name) => (name === debianPackages.font ? 'a font with Chinese characters' : 'Chromium'))
  const lines = [`The browser tests need ${what.join(' and ')}.`]
  if (isDebian(osRelease)) {
    lines.push(
      `Run this, then npm test again:`,
      ``,
      `  sudo apt-get update && sudo apt-get install -y ${missing.join(' ')}`,
    )
  } else {
    if (missing.includes(debianPackages.chromium)) {
      lines.push(`Install Chromium by your system's own means, so that ${chromium} starts it (a link will do).`)
    }
    if (missing.includes(debianPackages.font))
      lines.push('Install Noto Sans CJK (https://github.com/notofonts/noto-cjk).')
    lines.push('Then run npm test again.')
  }
  lines.push('', 'Everything that needs no browser:  npm test -- types lint law unit')
  return lines.join('\n')
}

/** Debian itself: on Ubuntu the package `chromium` is a hollow one that asks for snap. */
export function isDebian(/** @type {string} */ osRelease) {
  return /^ID="?debian"?$/m.test(osRelease)
}

/**
 * Installs Chromium and the font where they are missing and this is Debian and we are root; and there, where it can be had, the Chromium
 * without windows. Without that one the tests start the whole one.
 *
 * @throws with what to do by hand, where Chromium or the font is missing and cannot be installed
 */
export function ensureBrowser() {
  const osRelease = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : ''
  const mayInstall = isDebian(osRelease) && process.getuid?.() === 0
  installMissing(osRelease, mayInstall)
  if (mayInstall && !existsSync(headlessShell)) installShell()
}

/** Leaves everything as it is where the package cannot be had. */
function installShell() {
  const run = (/** @type {string[]} */ args, timeout = 0) =>
    spawnSync('apt-get', ['-qq', ...args], { stdio: 'ignore', env: aptEnvironment(), timeout }).status === 0
  const install = ['install', '-y', '--no-install-recommends', debianPackages.shell]
  // Only the fetching has an end: apt that is killed while it unpacks leaves a machine that someone must fix.
  const fetched = () => run([...install, '--download-only'], SHELL_MS)
  // The list of packages may be old or absent; a machine that was set up a moment ago needs no new one.
  if (fetched() || (run(['update'], SHELL_MS) && fetched())) run(install)
}

const aptEnvironment = () => ({ ...process.env, DEBIAN_FRONTEND: 'noninteractive' })

function installMissing(/** @type {string} */ osRelease, /** @type {boolean} */ mayInstall) {
  const missing = missingFromMachine()
  if (missing.length === 0) return
  if (!mayInstall) throw new Error(installAdvice(missing, osRelease))

  console.log(`Installing ${missing.join(' and ')} by apt ...`)
  const env = aptEnvironment()
  spawnSync('apt-get', ['update', '-qq'], { stdio: 'inherit', env })
  spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...missing], { stdio: 'inherit', env })
  const still = missingFromMachine()
  if (still.length > 0) throw new Error(`apt could not install them.\n${installAdvice(still, osRelease)}`)
}
