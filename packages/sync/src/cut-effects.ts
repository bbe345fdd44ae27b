/**
 * What a cut does to what is here already (C4, C9): entries of the one cut off that lie beyond the position that its signer had verified
 * do not count, whichever came first to this device, the entry or the cut (Y4).
 */
import {
  continuedAuthor,
  decodeHeader,
  encodeMessage,
  envelopeHashOf,
  idText,
  rightVerdict,
  wasRestarted,
  type Cut,
  type Head,
} from '@chartkeep/protocol'
import type { StoredRecord, SyncRow } from '@chartkeep/store'
import { entryAt } from './entry-row.ts'
import { pastOf } from './past-versions.ts'
import { recordId } from './record-codec.ts'
import { reloadVault } from './vault-open.ts'
import { entryKey, headOf, rowValue, TABLE, type VaultMachine } from './vault-state.ts'

type PlacedCut = Cut & { at: number }

function cutsOf(machine: VaultMachine): PlacedCut[] {
  const { control } = machine
  if (control === null) return []
  const ended = [...control.grants.values(), ...control.owners]
  return [...ended.flatMap(({ cut }) => (cut === null ? [] : [cut])), ...control.deviceCuts, ...control.roleCuts]
}

/** Whether anybody's writing has ever been ended here. */
export function hasCuts({ control }: Pick<VaultMachine, 'control'>): boolean {
  if (control === null) return false
  for (const { cut } of control.grants.values()) if (cut !== null) return true
  return control.deviceCuts.length + control.roleCuts.length > 0 || control.owners.some(({ cut }) => cut !== null)
}

/** The positions of a stream that signers of cuts had verified. */
export function pinsOf(machine: VaultMachine, stream: string): Head[] {
  const { control } = machine
  return cutsOf(machine).flatMap((cut) =>
    cut.streams.filter((pin) => idText(pin.stream) === stream && !wasRestarted(control!, cut.at, stream, pin.n)),
  )
}

/** Puts aside what cuts from control position `first` on do not let stand. One durable entry; called inside {@link exclusive}. */
export async function retractBeyond(machine: VaultMachine, first: number): Promise<void> {
  const remove = new Set<string>()
  const records = new Map<string, StoredRecord>()
  const sync: SyncRow[] = []
  for (const pin of cutsOf(machine)
    .filter(({ at }) => at >= first)
    .flatMap(({ streams }) => streams)) {
    const stream = idText(pin.stream)
    const state = machine.streams.get(stream)
    for (let n = pin.n + 1; state !== undefined && n <= state.n; n++) {
      const entry = entryAt(machine, stream, n)
      const header = entry === undefined || entry.outcome === 'void' ? null : decodeHeader(entry.header)
      if (entry === undefined || header === null) continue
      const hash = envelopeHashOf(entry.header, entry.bodyHash)
      const continued = continuedAuthor(machine.control!, state, header, n, machine.accounts.lookup)
      const verdict = rightVerdict(
        machine.control!,
        header,
        hash,
        n,
        continued,
        machine.accounts.lookup(header.account),
      )
      const key = entryKey(stream, n)
      if (verdict.type !== 'quarantine' || machine.rows.get(TABLE.quarantine, key) !== undefined) continue
      const { outcome, header: encoded, bodyHash, proof } = entry
      const shown = encodeMessage({ n, outcome, header: encoded, bodyHash, body: null, proof })
      sync.push({ table: TABLE.quarantine, key, value: rowValue({ reason: verdict.reason, entry: shown }) })
      sync.push({ table: TABLE.waiting, key, value: null })
      const id = recordId(stream, idText(header.doc))
      const branch = idText(hash)
      if (machine.rows.get(TABLE.conflict, branch) !== undefined)
        sync.push({ table: TABLE.conflict, key: branch, value: null })
      if (headOf(machine, id)?.revision === idText(header.revision)) stepBack(machine, id, n, { remove, records, sync })
    }
  }
  if (sync.length === 0) return
  await machine.rows.commit({ records: [...records.values()], remove: [...remove], sync })
  await reloadVault(machine)
}

/** The record shows its version before entry `n` again, where this device has one; an unsent edit of this device stays. */
function stepBack(
  machine: VaultMachine,
  id: string,
  n: number,
  change: { remove: Set<string>; records: Map<string, StoredRecord>; sync: SyncRow[] },
): void {
  const shown = machine.rows.read(id)
  const isShown = shown !== null && shown.revision === headOf(machine, id)?.revision
  const [stream = '', doc = ''] = id.split('.')
  for (let before = n - 1; before > 0; before--) {
    const entry = entryAt(machine, stream, before)
    const header = entry?.outcome === 'current' ? decodeHeader(entry.header) : null
    if (header === null || idText(header.doc) !== doc) continue
    const past = pastOf(machine, id, idText(header.revision))
    const key = entryKey(stream, before)
    const aside = change.sync.some((row) => row.table === TABLE.quarantine && row.key === key)
    if (past === null || aside || machine.rows.get(TABLE.quarantine, key) !== undefined) continue
    const hash = envelopeHashOf(entry!.header, entry!.bodyHash)
    const head = { hash, revision: past.revision, n: before, epoch: header.epoch }
    change.sync.push({ table: TABLE.head, key: id, value: rowValue(head) })
    if (isShown) change.records.set(id, past)
    return
  }
  change.sync.push({ table: TABLE.head, key: id, value: null })
  if (isShown) change.remove.add(id)
}
