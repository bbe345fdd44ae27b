/** The list of what happens in a scenario. A new feature is in a file of its own, sim-part-<feature>.ts, and gets a line here. */
import { copies } from './sim-copies.ts'
import { usualActions } from './sim-actions.ts'
import { usualFates } from './sim-fates.ts'
import { late } from './sim-late.ts'
import { poison } from './sim-poison.ts'
import { removal } from './sim-removal.ts'
import type { Action, Fate, SimPart, Theme } from './sim-types.ts'

export const PARTS: readonly SimPart[] = [{ actions: usualActions, fates: usualFates }, poison, removal, late, copies]

export const FATES: readonly Fate[] = PARTS.flatMap(({ fates = [] }) => fates)

/** Actions of a theme with their weights. */
export const ACTIONS: Record<Theme, { action: Action; weight: number }[]> = {
  edits: actionsOf('edits'),
  decisions: actionsOf('decisions'),
  imports: actionsOf('imports'),
  consent: actionsOf('consent'),
  mixed: actionsOf('mixed'),
}

function actionsOf(theme: Theme): { action: Action; weight: number }[] {
  const actions = PARTS.flatMap((part) => part.actions ?? [])
  return actions.flatMap((action) => {
    const weight = action.weights[theme] ?? 0
    return weight === 0 ? [] : [{ action, weight }]
  })
}
