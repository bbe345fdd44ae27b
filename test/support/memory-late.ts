/** The quarantine inbox of the storage in memory (C11). */
import { idText } from '@chartkeep/protocol'
import type { LateReader, LateWriter, StoredLate } from '@chartkeep/sync-server/testing'

type Read = (key: string) => unknown

function boxOf(read: Read, vault: Uint8Array): StoredLate[] {
  return (read(`late.${idText(vault)}`) as StoredLate[] | undefined) ?? []
}

function endKey(vault: Uint8Array, grant: Uint8Array): string {
  return `grant-end.${idText(vault)}.${idText(grant)}`
}

export function memoryLateReader(read: Read): LateReader {
  return {
    lateAfter: (vault, place) => boxOf(read, vault).filter((late) => late.place > place),
    lateLast: (vault) => boxOf(read, vault).at(-1)?.place ?? 0,
    hasLate: (vault, hash) => boxOf(read, vault).some((late) => idText(late.hash) === idText(hash)),
    grantEnd: (vault, grant) => (read(endKey(vault, grant)) as number | undefined) ?? null,
  }
}

export function memoryLateWriter(read: Read, set: (key: string, value: unknown) => void): LateWriter {
  return {
    addLate(vault, late) {
      const box = boxOf(read, vault)
      if (box.some(({ hash }) => idText(hash) === idText(late.hash))) throw new Error('it lies in the box already')
      const place = Math.max(late.time, ((read('late-place') as number | undefined) ?? 0) + 1)
      set('late-place', place)
      set(`late.${idText(vault)}`, [...box, { ...late, place }])
    },
    dropLate(vault, hash) {
      const box = boxOf(read, vault)
      const found = box.find((late) => idText(late.hash) === idText(hash))
      if (found === undefined) return null
      set(
        `late.${idText(vault)}`,
        box.filter((late) => late !== found),
      )
      return { grant: found.grant, bytes: found.envelope.header.length + found.envelope.body.length }
    },
    setGrantEnd(vault, grant, time) {
      if ((read(endKey(vault, grant)) ?? null) === null) set(endKey(vault, grant), time)
    },
  }
}
