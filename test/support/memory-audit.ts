/** The audit tree of the server's storage on a map: the second adapter of sync-server's audit-storage.ts. Values are never changed in place. */
import { idText } from '@chartkeep/protocol'
import type { AuditHead, AuditReader, AuditWriter, StoredCosignature, StoredLeaf } from '@chartkeep/sync-server/testing'

type Fetched = Map<string, { device: Uint8Array; first: number; next: number }>
type Get = (key: string) => unknown
type Set = (key: string, value: unknown) => void

const key = (table: string, vault: Uint8Array, ...parts: (number | string)[]) =>
  ['audit', table, idText(vault), ...parts].join('.')

export function memoryAuditReader(read: Get): AuditReader {
  return {
    auditHead: (vault) => (read(key('head', vault)) as AuditHead | undefined) ?? null,
    auditNode: (vault, level, index) => (read(key('node', vault, level, index)) as Uint8Array | undefined) ?? null,
    auditLeaves(vault, first, limit) {
      const found: StoredLeaf[] = []
      for (let index = first; found.length < limit; index++) {
        const leaf = read(key('leaf', vault, index)) as StoredLeaf | undefined
        if (leaf === undefined) break
        found.push({ ...leaf })
      }
      return found
    },
    oldestSealed(vault, limit) {
      const found = []
      for (let at = 0; found.length < limit; at++) {
        const leaf = read(key('leaf', vault, at)) as StoredLeaf | undefined
        if (leaf === undefined) break
        if (leaf.sealed !== null) found.push({ index: leaf.index, n: leaf.n, time: leaf.time })
      }
      return found
    },
    auditFetched: (vault) => [...((read(key('fetched', vault)) as Fetched | undefined) ?? new Map()).values()],
    cosignatures(vault) {
      const known = (read(key('cosigned', vault)) as Map<string, StoredCosignature> | undefined) ?? new Map()
      return [...known.values()].toSorted((a, b) => Buffer.compare(a.device, b.device))
    },
  }
}

export function memoryAuditWriter(read: Get, set: Set): AuditWriter {
  const leafOf = (vault: Uint8Array, index: number) => read(key('leaf', vault, index)) as StoredLeaf | undefined
  return {
    addAuditLeaf(vault, leaf, nodes) {
      if (leafOf(vault, leaf.index) !== undefined) throw new Error('this leaf stands already')
      set(key('leaf', vault, leaf.index), leaf)
      for (const { level, index, hash } of nodes) set(key('node', vault, level, index), hash)
    },
    setAuditHead: (vault, head) => set(key('head', vault), head),
    dropSealed(vault, index) {
      for (let at = 0; at <= index; at++) {
        const leaf = leafOf(vault, at)
        if (leaf !== undefined) set(key('leaf', vault, at), { ...leaf, sealed: null })
      }
    },
    setAuditFetched(vault, device, fetched) {
      const known = (read(key('fetched', vault)) as Fetched | undefined) ?? new Map()
      set(key('fetched', vault), new Map(known).set(idText(device), { device, ...fetched }))
    },
    setCosignature(vault, cosignature) {
      const known = (read(key('cosigned', vault)) as Map<string, StoredCosignature> | undefined) ?? new Map()
      set(key('cosigned', vault), new Map(known).set(idText(cosignature.device), cosignature))
    },
  }
}
