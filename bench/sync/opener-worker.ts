/** The worker of the page of the benchmark, as the app has one. */
import { scopePort, serveOpener } from '@chartkeep/sync/decrypt-worker'

serveOpener(scopePort(self))
