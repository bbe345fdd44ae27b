/** The vaults of the benchmark in a page, on IndexedDB. */
import { dexieLog } from '@chartkeep/store'
import { createManyVaults, type ManyVaults } from './turns.ts'

let many: ManyVaults | null = null

const api = {
  start(vaults: number, records: number): void {
    many = createManyVaults((vault) => dexieLog(`v${vault}`), vaults, records)
  },
  write: (first: number, count: number) => many!.write(first, count),
  turn: (count: number) => many!.turn(count),
  settle: () => many!.settle(),
  closeAll: () => many!.closeAll(),
}

export type VaultsPage = typeof api
Object.assign(window, { api, ready: true })
