/** The worker of the page of the benchmark, as the app has one. */
import { scopePort, serveDecryptWorker } from '@chartkeep/sync/decrypt-worker'

serveDecryptWorker(scopePort(self))
