/** `serve`: runs until SIGINT or SIGTERM; a second signal ends it at once. */
import type { Config } from '../config.ts'
import { serve } from '../serve.ts'

type Print = (line: string) => void

export async function serveCommand(config: Config, print: Print, warn: Print): Promise<number> {
  let stop: (() => Promise<void>) | null = null
  let isStopping = false
  const stopped = new Promise<number>((resolve, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.on(signal, () => {
        if (isStopping) process.exit(1)
        isStopping = true
        // A signal during the start stops the server as soon as it is up.
        stop?.().then(() => resolve(0), reject)
      })
  })
  const server = await serve(config)
  stop = server.stop
  if (isStopping) {
    await server.stop()
    return 0
  }
  const { restored, fingerprint, addresses } = server
  if (restored)
    warn(
      'This server was put back from a backup, or from its key alone: it takes nothing new in a chart before its devices have given back what is missing. When the people whom you know have been back, run: npm run server -- go-on',
    )
  if (addresses.metrics !== null) warn(`Metrics at http://${addresses.metrics}/metrics`)
  print(`Chartkeep is ready at ${config.origin}`)
  print(`Server key fingerprint: ${fingerprint}`)
  print(`Data folder: ${config.data}`)
  return stopped
}
