/**
 * `npm run desktop`: the desktop program from this checkout, in Electron where its binary is present. `npm run desktop -- --browser`: the same app in a
 * window of the installed Chromium.
 *
 * The binary is not part of the npm package. ELECTRON_DIST names the folder of an unpacked release of the version in package.json, from Electron's
 * page of releases; `npx install-electron` fetches it where the network has it.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildApp, builtApp } from './app-build.mjs'
import { chromium } from './browser.mjs'
import { bundleDesktop, desktopBuild } from './desktop-build.mjs'
import { ensureInstalled } from './install.mjs'
import { repository, runPinned } from './pinned-node.mjs'

/** Where records of a trial are stored, apart from everything else. */
const profile = join(repository, '.chartkeep/desktop')
const electronPackage = join(repository, 'node_modules/electron')

/** The program of Electron in the folder of a release; null where it is not there. @returns {string | null} */
function electronIn(/** @type {string} */ folder) {
  const names = { darwin: 'Electron.app/Contents/MacOS/Electron', win32: 'electron.exe' }
  const path = join(folder, names[/** @type {'darwin' | 'win32'} */ (process.platform)] ?? 'electron')
  return existsSync(path) ? path : null
}

async function inElectron() {
  const folder = process.env.ELECTRON_DIST ?? join(electronPackage, 'dist')
  const program = electronIn(folder)
  if (program === null) {
    const { version } = JSON.parse(readFileSync(join(electronPackage, 'package.json'), 'utf8'))
    console.error(
      [
        `Electron's program is not in ${folder}.`,
        `Unpack a release of Electron ${version} for this system and name its folder:  ELECTRON_DIST=<folder> npm run desktop`,
        'Or look at the same app in the installed Chromium:  npm run desktop -- --browser',
      ].join('\n'),
    )
    return 2
  }
  await buildApp()
  await bundleDesktop()
  const { status } = spawnSync(program, [join(desktopBuild, 'main.mjs')], { stdio: 'inherit' })
  return status ?? 1
}

async function inBrowser() {
  const program = process.env.CHROMIUM ?? chromium
  if (!existsSync(program)) {
    console.error(`No Chromium at ${program}. Name yours:  CHROMIUM=<program> npm run desktop -- --browser`)
    return 2
  }
  await buildApp()
  mkdirSync(profile, { recursive: true })
  // As root, Chromium starts only without its sandbox: a machine for builds, not a person's.
  const flags = ['--no-first-run', '--disable-sync', ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])]
  return runPinned(['desktop/src/in-browser.ts', builtApp, profile, program, ...flags])
}

try {
  ensureInstalled()
  process.exitCode = await (process.argv.includes('--browser') ? inBrowser() : inElectron())
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
