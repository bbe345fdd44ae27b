/**
 * The effect of a cut on stored entries (C4, C9): entries of the excluded device or account beyond the position that the cut's signer had
 * verified are quarantined, whichever reached this device first, the entry or the cut (Y4).
 */
import { idText, type Head } from '@chartkeep/protocol'
import { continuedAuthor, rightVerdict, wasRestarted, type Cut } from '@chartkeep/protocol/control'
import { decodeHeader, envelopeHashOf } from '@chartkeep/protocol/streams'
import { entryAt } from '../vault/entry-row.ts'
import { ReconcileTransaction } from '../edit/reconcile-transaction.ts'
import { reloadVault } from '../vault/vault-open.ts'
import type { VaultMachine } from '../vault/vault-state.ts'

type PlacedCut = Cut & { at: number }

function cutsOf(machine: VaultMachine): PlacedCut[] {
  const { control } = machine
  if (control === null) return []
  const ended = [...control.grants.values(), ...control.owners]
  return [...ended.flatMap(({ cut }) => (cut === null ? [] : [cut])), ...control.deviceCuts, ...control.roleCuts]
}

/** Whether any writer's access was ever ended here. */
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

/** Quarantines entries that cuts from control position `first` on exclude. One durable entry; call inside {@link exclusive}. */
export async function retractBeyond(machine: VaultMachine, first: number): Promise<void> {
  const change = new ReconcileTransaction(machine)
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
      if (verdict.type === 'quarantine') change.retract({ header, hash, n }, verdict.reason, entry)
    }
  }
  if (change.sync.length === 0) return
  await change.commit('strict')
  await reloadVault(machine)
}
