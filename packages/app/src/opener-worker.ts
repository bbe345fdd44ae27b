/**
 * The worker that decrypts pulled pages in parallel to the app's own thread: a script of the build, because the content policy allows no
 * other.
 */
import { scopePort, serveDecryptWorker } from '@chartkeep/sync/decrypt-worker'

serveDecryptWorker(scopePort(self))
