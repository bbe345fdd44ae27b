/**
 * Keeps the shell of the app (the built files, never data) so that a reload works with no network.
 *
 * Built to /service-worker.js on its own, imports nothing. Requests under /v1/, to other origins, or with a method
 * other than GET are never answered or stored here.
 */

interface WorkerScope {
  readonly location: Location
  readonly clients: {
    claim(): Promise<void>
    matchAll(options: { type: 'window' }): Promise<readonly { focus(): Promise<unknown> }[]>
    openWindow(address: string): Promise<unknown>
  }
  addEventListener(type: 'install' | 'activate', listener: (event: LifecycleEvent) => void): void
  addEventListener(type: 'fetch', listener: (event: RequestEvent) => void): void
  addEventListener(type: 'notificationclick', listener: (event: NotificationPress) => void): void
}
interface LifecycleEvent extends Event {
  waitUntil(work: Promise<unknown>): void
}
interface RequestEvent extends Event {
  readonly request: Request
  respondWith(answer: Promise<Response>): void
}
interface NotificationPress extends LifecycleEvent {
  readonly notification: { close(): void }
}

const scope = globalThis as unknown as WorkerScope
/** Paths of the built files; vite.config.ts writes the list in. */
const PRECACHE: readonly string[] = ['/__precache__']
const SHELL = `chartkeep-shell-${'__shell_version__'}`

/** Names in /assets/ contain a hash of the content, so files that the page has loaded are not fetched again; other files are. */
function shellRequest(path: string): Request {
  return new Request(path, { cache: path.startsWith('/assets/') ? 'default' : 'reload' })
}

scope.addEventListener('install', (event) => {
  event.waitUntil(caches.open(SHELL).then((shell) => shell.addAll(PRECACHE.map(shellRequest))))
})

// A new version waits until no window of the old one is open: nothing is taken from under a form.
scope.addEventListener('activate', (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) =>
        Promise.all(
          names
            .filter((name) => name.startsWith('chartkeep-shell-') && name !== SHELL)
            .map((name) => caches.delete(name)),
        ),
      )
      .then(() => scope.clients.claim()),
  )
})

// A reminder shows no content; pressing it brings the app to the front unchanged.
scope.addEventListener('notificationclick', (event) => {
  event.notification.close()
  event.waitUntil(
    scope.clients.matchAll({ type: 'window' }).then(([open]) => (open ? open.focus() : scope.clients.openWindow('/'))),
  )
})

scope.addEventListener('fetch', (event) => {
  const { request } = event
  const url = new URL(request.url)
  if (request.method !== 'GET' || url.origin !== scope.location.origin || url.pathname.startsWith('/v1/')) return
  const path = request.mode === 'navigate' ? '/index.html' : url.pathname
  if (!PRECACHE.includes(path)) return
  event.respondWith(
    caches
      .open(SHELL)
      .then((shell) => shell.match(path))
      // What a power cut tore on this disk is still at the server.
      .catch(() => undefined)
      .then((kept) => kept ?? fetch(request)),
  )
})
