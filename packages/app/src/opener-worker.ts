/** The worker that opens pulled pages beside the app's own thread: a script of the build, for the content policy lets no other one run. */
import { scopePort, serveDecryptWorker } from '@chartkeep/sync/decrypt-worker'

serveDecryptWorker(scopePort(self))
