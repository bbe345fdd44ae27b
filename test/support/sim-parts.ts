/** The list of what happens in a scenario. A new feature is in a file of its own, sim-part-<feature>.ts, and gets a line here. */
import { copies } from './sim-copies.ts'
import { usualDeeds } from './sim-deeds.ts'
import { usualFates } from './sim-fates.ts'
import { late } from './sim-late.ts'
import { poison } from './sim-poison.ts'
import { removal } from './sim-removal.ts'
import type { Deed, Fate, SimPart, Theme } from './sim-types.ts'

export const PARTS: readonly SimPart[] = [{ deeds: usualDeeds, fates: usualFates }, poison, removal, late, copies]

export const FATES: readonly Fate[] = PARTS.flatMap(({ fates = [] }) => fates)

/** Actions of a theme with their weights. */
export const DEEDS: Record<Theme, { deed: Deed; weight: number }[]> = {
  edits: deedsOf('edits'),
  decisions: deedsOf('decisions'),
  imports: deedsOf('imports'),
  consent: deedsOf('consent'),
  mixed: deedsOf('mixed'),
}

function deedsOf(theme: Theme): { deed: Deed; weight: number }[] {
  const deeds = PARTS.flatMap((part) => part.deeds ?? [])
  return deeds.flatMap((deed) => {
    const weight = deed.weights[theme] ?? 0
    return weight === 0 ? [] : [{ deed, weight }]
  })
}
