/**
 * What a person chose for this program on this computer, in one small file of the profile. It holds nothing about a person or a record, because it is
 * read before anything is unlocked.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs'

export interface ShellSettings {
  /** After the window was closed: keep running in the tray. Null until the first close, which asks. */
  keepsRunning: boolean | null
  startsWithSystem: boolean
}

const DEFAULTS: ShellSettings = { keepsRunning: null, startsWithSystem: false }

export interface SettingsFile {
  read(): ShellSettings
  /** Writes the file whole, or leaves the old one. A full disk throws nothing: the choice then holds until the program ends. */
  change(changes: Partial<ShellSettings>): ShellSettings
}

/** @param path - of the file; absent or damaged means the defaults */
export function settingsFile(path: string): SettingsFile {
  let current = readSettings(path)
  return {
    read: () => current,
    change(changes) {
      current = settingsOf({ ...current, ...changes })
      try {
        writeFileSync(`${path}.new`, JSON.stringify(current))
        renameSync(`${path}.new`, path)
      } catch {
        // No room or no right to write. The person is asked again at the next start.
      }
      return current
    },
  }
}

function readSettings(path: string): ShellSettings {
  try {
    return settingsOf(JSON.parse(readFileSync(path, 'utf8')))
  } catch {
    return DEFAULTS
  }
}

/** Takes what has the right type from anything. */
export function settingsOf(given: unknown): ShellSettings {
  const { keepsRunning, startsWithSystem } = (given ?? {}) as Record<string, unknown>
  return {
    keepsRunning: typeof keepsRunning === 'boolean' ? keepsRunning : null,
    startsWithSystem: startsWithSystem === true,
  }
}
