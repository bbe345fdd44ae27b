/** Reading a whole folder while others write to it. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** All files under a folder that can be read at this moment, with their bytes. */
export function* filesOf(folder: string): Generator<{ path: string; bytes: Buffer }> {
  if (!existsSync(folder)) return
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) yield* filesOf(path)
    else if (entry.isFile()) {
      try {
        yield { path, bytes: readFileSync(path) }
      } catch {
        // A running browser removes files of its own.
      }
    }
  }
}
