/**
 * How this person sees their charts: what they call each one, who the person is to them, symbol and colour, and who may open it if they
 * cannot. It is the account's own matter and nobody else's: kept among the settings of home, and for the account's other devices in the
 * sealed list of the account log (K4). Of two devices the later word counts. What the account itself is called stands there as well, under its own
 * id: a device that knows nothing of that keeps it and hands it on as the look of a chart that it does not have.
 */
import {
  bytesShape,
  decodeAs,
  encodeMessage,
  idText,
  listShape,
  recordShape,
  textId,
  textShape,
  type AccountState,
} from '@chartkeep/protocol'
import type { SyncRow } from '@chartkeep/store'
import { openUnderBoxKey, type BoxKeys } from './account-keys.ts'
import type { ChartAppearance } from '../contract/api.ts'
import { ACCOUNT_TABLE } from './account-store.ts'
import type { AccountRows } from '../ports/ports.ts'
import { shownName } from '../ports/shown-name.ts'

/** A look with the time of its last change, milliseconds since 1970; 0: never. */
export type DatedAppearance = ChartAppearance & { at: number }

const NO_APPEARANCE: DatedAppearance = { name: '', kin: '', symbol: '', tone: null, opener: null, at: 0 }

/** More would not fit into an entry of the account log; the newest are kept. */
const MAX_APPEARANCES = 40
const MAX_APPEARANCE_TEXT = 1000

const AppearanceItem = recordShape({ vault: bytesShape(16), look: textShape(MAX_APPEARANCE_TEXT) })
const VaultList = recordShape({
  vaults: listShape(bytesShape(16), 4096),
  looks: listShape(AppearanceItem, MAX_APPEARANCES),
})
/** Lists of before this file: ids alone. */
const BareList = listShape(bytesShape(16), 4096)

/** What the sealed list of an account log says. */
export interface ListedVaults {
  vaults: string[]
  looks: Map<string, DatedAppearance>
}

export function appearanceOf(accountStore: AccountRows, vault: string): DatedAppearance {
  return readAppearance(accountStore.get(ACCOUNT_TABLE.settings, settingOf(vault)))
}

export function appearanceRow(vault: string, look: DatedAppearance): SyncRow {
  return { table: ACCOUNT_TABLE.settings, key: settingOf(vault), value: JSON.stringify(look) }
}

/** Empty where there is no list, or none that opens. */
export function listedVaults(state: AccountState | null, boxKeys: BoxKeys): ListedVaults {
  const sealed = state?.vaults ?? null
  const plain = sealed === null ? null : openUnderBoxKey(sealed, boxKeys)
  const list = plain === null ? null : decodeAs(VaultList, plain)
  const bare = plain === null || list !== null ? null : decodeAs(BareList, plain)
  const looks = (list?.looks ?? []).map(({ vault, look }) => [idText(vault), readAppearance(look)] as const)
  return { vaults: (list?.vaults ?? bare ?? []).map(idText), looks: new Map(looks) }
}

/** The list to be sealed; null when it would say what `listed` says already. `account`: id text. */
export function nextVaultList(
  listed: ListedVaults,
  own: readonly string[],
  accountStore: AccountRows,
  account: string,
): Uint8Array | null {
  const vaults = [...new Set([...listed.vaults, ...own])]
  const looks = new Map(listed.looks)
  for (const vault of new Set([...vaults, ...accountStore.table(ACCOUNT_TABLE.vaults).keys(), account])) {
    const look = appearanceOf(accountStore, vault)
    if (look.at > (looks.get(vault)?.at ?? 0)) looks.set(vault, look)
  }
  const isAccount = (id: string) => Number(id === account)
  const kept = [...looks]
    .toSorted(([a, first], [b, second]) => isAccount(b) - isAccount(a) || second.at - first.at)
    .slice(0, MAX_APPEARANCES)
  const hasChanged = kept.some(([vault, { at }]) => at !== listed.looks.get(vault)?.at)
  if (!hasChanged && vaults.length === listed.vaults.length) return null
  return encodeMessage({
    vaults: vaults.map((vault) => textId(vault)!),
    looks: kept.map(([vault, look]) => ({ vault: textId(vault)!, look: JSON.stringify(look) })),
  })
}

/** K7: keeps what the account is called, for devices that come in by the kit, which names nobody; no row where that is known. */
export function accountNamed(accountStore: AccountRows, account: string, name: string, now: number): SyncRow[] {
  const before = appearanceOf(accountStore, account)
  return name === '' || before.at > 0 ? [] : [appearanceRow(account, changedAppearance(before, { name }, now))]
}

/** What other devices of this account said later than this one. */
export function newerAppearances(listed: ListedVaults, accountStore: AccountRows): SyncRow[] {
  return [...listed.looks].flatMap(([vault, look]) =>
    look.at > appearanceOf(accountStore, vault).at ? [appearanceRow(vault, look)] : [],
  )
}

/** Decision 0023: nothing of it stays with a chart that is gone, on no device of the account; no row where nothing was said. */
export function forgottenAppearance(accountStore: AccountRows, vault: string, now: number): SyncRow[] {
  const before = appearanceOf(accountStore, vault)
  if (before.at === 0) return []
  return [
    appearanceRow(vault, changedAppearance(before, { name: '', kin: '', symbol: '', tone: null, opener: null }, now)),
  ]
}

/** `before` with a person's change, later than it whatever the clock says. Texts are cut to what fits. */
export function changedAppearance(
  before: DatedAppearance,
  change: Partial<ChartAppearance>,
  now: number,
): DatedAppearance {
  const { name, kin, symbol, tone, opener } = { ...before, ...change }
  return {
    name: shownName(name, 60),
    kin: shownName(kin, 20),
    symbol: shownName(symbol, 2),
    tone,
    opener: opener === null ? null : { how: opener.how, who: shownName(opener.who, 60) },
    at: Math.max(Math.floor(now), before.at + 1),
  }
}

function settingOf(vault: string): string {
  return `look.${vault}`
}

function readAppearance(value: unknown): DatedAppearance {
  if (typeof value !== 'string') return NO_APPEARANCE
  try {
    const { name, kin, symbol, tone, opener, at } = JSON.parse(value) as Partial<Record<keyof DatedAppearance, unknown>>
    const text = (given: unknown) => (typeof given === 'string' ? given : '')
    return {
      name: text(name),
      kin: text(kin),
      symbol: text(symbol),
      tone: typeof tone === 'number' && Number.isInteger(tone) && tone >= 0 ? tone : null,
      opener: readOpener(opener),
      at: typeof at === 'number' && at > 0 ? at : 0,
    }
  } catch {
    return NO_APPEARANCE
  }
}

function readOpener(value: unknown): ChartAppearance['opener'] {
  if (typeof value !== 'object' || value === null) return null
  const { how, who } = value as Record<string, unknown>
  return how === 'kit' || how === 'nobody' ? { how, who: typeof who === 'string' ? who : '' } : null
}
