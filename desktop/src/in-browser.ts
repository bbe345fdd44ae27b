/**
 * The desktop's app in a window of an installed Chromium, for a machine without Electron: the same files, headers and platform, from a small server on this
 * computer. Not there: the system's keys, the tray, sleep and lock screen, and files opened from outside.
 */
import { spawn } from 'node:child_process'
import { createServer, type Server } from 'node:http'
import { createAppFiles } from './app-files.ts'
import { APP_ADDRESS } from './app-protocol.ts'
import { installPlatform } from './platform.ts'

const PLATFORM_SCRIPT = '/desktop-platform.js'

/**
 * Serves the built app as the desktop program does. The address stays the same from start to start, because a browser keeps records by address.
 *
 * @param folder - of the built app
 * @param port - 0 for any
 */
export async function serveDesktopApp(folder: string, port: number): Promise<{ address: string; server: Server }> {
  const serve = createAppFiles(folder)
  const server = createServer((request, response) => {
    void (async () => {
      const path = (request.url ?? '/').slice(1)
      const answer = await serve(new Request(APP_ADDRESS + path, { method: request.method ?? 'GET' }))
      const headers = Object.fromEntries(answer.headers)
      if (request.url?.split('?', 1)[0] === PLATFORM_SCRIPT) {
        response.writeHead(200, { ...headers, 'content-type': 'text/javascript; charset=utf-8' })
        return response.end(`;(${installPlatform.toString()})()`)
      }
      const isPage = answer.headers.get('content-type')?.startsWith('text/html') === true
      const bytes = new Uint8Array(await answer.arrayBuffer())
      response.writeHead(answer.status, headers)
      return response.end(isPage ? withPlatform(new TextDecoder().decode(bytes)) : bytes)
    })().catch(() => response.destroy())
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  const { port: own } = server.address() as { port: number }
  return { address: `http://localhost:${own}/`, server }
}

/** The platform must be there before the first script of the app. */
function withPlatform(page: string): string {
  return page.replace('<head>', `<head><script src="${PLATFORM_SCRIPT}"></script>`)
}

/** Opens a window without tabs and address bar. Resolves when the person has closed it. */
export function openAppWindow(
  chromium: string,
  address: string,
  profile: string,
  flags: readonly string[],
): Promise<void> {
  const child = spawn(chromium, [`--app=${address}`, `--user-data-dir=${profile}`, ...flags], { stdio: 'ignore' })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', () => resolve())
  })
}

/** `in-browser.ts <folder of the app> <profile> <chromium> [flag ...]` */
if (import.meta.main) {
  const [folder = '', profile = '', chromium = '', ...flags] = process.argv.slice(2)
  const { address, server } = await serveDesktopApp(folder, Number(process.env['CHARTKEEP_DESKTOP_PORT'] ?? 8788))
  process.stdout.write(
    `The desktop app at ${address}. Records that you add are stored in ${profile}. Close the window to stop.\n`,
  )
  await openAppWindow(chromium, address, profile, flags)
  server.close()
}
