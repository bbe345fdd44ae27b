/**
 * How this person sees their charts: what they call each chart, who its person is to them, its symbol and colour, and who may open it if
 * they cannot. Only this account sees it: it is stored among the settings of the account store, and shared with the account's other devices
 * in the sealed list of the account log (K4). If two devices disagree, the later change wins. The account's own display name is stored here
 * too, under the account's id, with when the account began and which recovery kit was proved by its copy; a program version that does not
 * know this treats it as the appearance of a chart that it does not have, and
 * passes it along unchanged.
 */
import { decodeAs, encodeMessage, idText, textId } from '@chartkeep/protocol'
import type { AccountState } from '@chartkeep/protocol/account'
import {
  bytes as bytesShape,
  list as listShape,
  record as recordShape,
  text as textShape,
} from '@chartkeep/protocol/shape'
import type { SyncRow } from '@chartkeep/store'
import { openUnderBoxKey, type BoxKeys } from './account-keys.ts'
import type { ChartAppearance } from '../contract/api.ts'
import { ACCOUNT_TABLE } from './account-store.ts'
import type { AccountRows } from '../ports/ports.ts'
import { shownName } from '../ports/shown-name.ts'

/** An appearance with the time of its last change, milliseconds since 1970; 0: never changed. */
export type DatedAppearance = ChartAppearance & AccountFacts & { at: number }

/** Only the account's own entry has them; they are empty in the look of a chart. */
export interface AccountFacts {
  /** Id text of the recovery device whose copy somebody typed back; '' for none. */
  kit: string
  /** When the account began, milliseconds since 1970 by the clock of the device that wrote it; 0 where nobody wrote it. */
  since: number
}

const NO_APPEARANCE: DatedAppearance = {
  name: '',
  kin: '',
  symbol: '',
  tone: null,
  opener: null,
  kit: '',
  since: 0,
  at: 0,
}

/** More do not fit into an entry of the account log; the newest are kept. */
const MAX_APPEARANCES = 40
const MAX_APPEARANCE_TEXT = 1000

const AppearanceItem = recordShape({ vault: bytesShape(16), look: textShape(MAX_APPEARANCE_TEXT) })
const VaultList = recordShape({
  vaults: listShape(bytesShape(16), 4096),
  looks: listShape(AppearanceItem, MAX_APPEARANCES),
})
/** The list in the form of earlier versions: ids alone. */
const BareList = listShape(bytesShape(16), 4096)

/** The content of the sealed list of an account log. */
export interface ListedVaults {
  vaults: string[]
  looks: Map<string, DatedAppearance>
}

export function appearanceOf(accountStore: AccountRows, vault: string): DatedAppearance {
  return readAppearance(accountStore.get(ACCOUNT_TABLE.settings, settingOf(vault)))
}

export function appearanceRow(vault: string, look: DatedAppearance): SyncRow {
  return { table: ACCOUNT_TABLE.settings, key: settingOf(vault), value: textOf(look) }
}

/** Empty if there is no list or it does not open. */
export function listedVaults(state: AccountState | null, boxKeys: BoxKeys): ListedVaults {
  const sealed = state?.vaults ?? null
  const plain = sealed === null ? null : openUnderBoxKey(sealed, boxKeys)
  const list = plain === null ? null : decodeAs(VaultList, plain)
  const bare = plain === null || list !== null ? null : decodeAs(BareList, plain)
  const looks = (list?.looks ?? []).map(({ vault, look }) => [idText(vault), readAppearance(look)] as const)
  return { vaults: (list?.vaults ?? bare ?? []).map(idText), looks: new Map(looks) }
}

/** The next list to seal; null if it equals `listed`. `account`: id text. */
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
    looks: kept.map(([vault, look]) => ({ vault: textId(vault)!, look: textOf(look) })),
  })
}

/** K7: stores the account's name for devices that are enrolled by the kit, which contains no name; no row if the name is stored already. */
export function accountNamed(accountStore: AccountRows, account: string, name: string, now: number): SyncRow[] {
  const before = appearanceOf(accountStore, account)
  if (name === '' || before.at > 0) return []
  return [appearanceRow(account, changedAppearance(before, { name, since: Math.floor(now) }, now))]
}

/** K7: notes for all devices of the account that the copy of this kit (id text of its device) was typed back. */
export function kitProved(
  accountStore: AccountRows,
  account: string,
  kit: string,
  name: string,
  now: number,
): SyncRow[] {
  const before = appearanceOf(accountStore, account)
  if (before.kit === kit) return []
  const facts = { name: before.name || name, kit, since: before.since || before.at }
  return [appearanceRow(account, changedAppearance(before, facts, now))]
}

/** Appearances that other devices of this account changed later than this device did. */
export function newerAppearances(listed: ListedVaults, accountStore: AccountRows): SyncRow[] {
  return [...listed.looks].flatMap(([vault, look]) =>
    look.at > appearanceOf(accountStore, vault).at ? [appearanceRow(vault, look)] : [],
  )
}

/** Decision 0023: when a chart is gone, every device of the account forgets its appearance; no row if none was set. */
export function forgottenAppearance(accountStore: AccountRows, vault: string, now: number): SyncRow[] {
  const before = appearanceOf(accountStore, vault)
  if (before.at === 0) return []
  return [
    appearanceRow(vault, changedAppearance(before, { name: '', kin: '', symbol: '', tone: null, opener: null }, now)),
  ]
}

/**
 * `before` with a person's change. Its time is always later than that of `before`, whatever the clock says. Texts are cut to the maximum
 * length.
 */
export function changedAppearance(
  before: DatedAppearance,
  change: Partial<ChartAppearance & AccountFacts>,
  now: number,
): DatedAppearance {
  const { name, kin, symbol, tone, opener, kit, since } = { ...before, ...change }
  return {
    name: shownName(name, 60),
    kin: shownName(kin, 20),
    symbol: shownName(symbol, 2),
    tone,
    opener: opener === null ? null : { how: opener.how, who: shownName(opener.who, 60) },
    kit,
    since,
    at: Math.max(Math.floor(now), before.at + 1),
  }
}

function textOf({ kit, since, ...look }: DatedAppearance): string {
  return JSON.stringify({ ...look, ...(kit === '' ? {} : { kit }), ...(since === 0 ? {} : { since }) })
}

function settingOf(vault: string): string {
  return `look.${vault}`
}

function readAppearance(value: unknown): DatedAppearance {
  if (typeof value !== 'string') return NO_APPEARANCE
  try {
    const { name, kin, symbol, tone, opener, kit, since, at } = JSON.parse(value) as Partial<
      Record<keyof DatedAppearance, unknown>
    >
    const text = (given: unknown) => (typeof given === 'string' ? given : '')
    return {
      name: text(name),
      kin: text(kin),
      symbol: text(symbol),
      tone: typeof tone === 'number' && Number.isInteger(tone) && tone >= 0 ? tone : null,
      opener: readOpener(opener),
      kit: text(kit),
      since: typeof since === 'number' && since > 0 ? since : 0,
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
