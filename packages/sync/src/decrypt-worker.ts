/** The worker's side: a script that a platform starts as a worker serves decryption with it, next to the thread of a session. */
export { scopePort, serveDecryptWorker } from './record/decrypt-worker-protocol.ts'
