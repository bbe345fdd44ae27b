/** The filter chips that each list offers: at most four, and entered in error only when asked for. */
import type { TFunction } from 'i18next'
import { filteredIn, kindOf } from '../../../record-kinds/index.ts'
import type { ListFilter, ListRow } from '../../../ui/lists/list-rows.ts'

/** Chips of a list. `findings`: what each record of the list of social history and surveys is, by its id. */
export function filtersOf(
  collection: string,
  t: TFunction,
  findings: ReadonlyMap<string, string> = new Map(),
): ListFilter[] {
  const withStates = ['allergies', 'medications', 'plans', 'appointments', 'encounters']
  const chips = filteredIn(collection).flatMap((name) => {
    const { filter } = kindOf(name)
    if (filter === null) return []
    const types: readonly string[] = filter.types
    return [
      { id: name, label: filter.label(t), hides: filter.hides, test: ({ type }: ListRow) => types.includes(type) },
    ]
  })
  return [
    ...(collection === 'labs' || collection === 'vitals'
      ? [
          {
            id: 'abnormal',
            label: t('list.abnormal'),
            test: ({ flag }: ListRow) => flag !== undefined && flag.status !== 'neutral',
          },
        ]
      : []),
    ...(withStates.includes(collection)
      ? [
          { id: 'active', label: t('list.active'), test: (row: { rank: number }) => row.rank === 0 },
          { id: 'past', label: t('list.past'), test: (row: { rank: number }) => row.rank === 1 },
        ]
      : []),
    ...chips.filter(({ hides }) => !hides),
    ...(collection === 'social'
      ? (['social', 'survey', 'finding'] as const).map((kind) => ({
          id: kind,
          label: t(`list.finding.${kind}`),
          test: ({ id }: ListRow) => findings.get(id) === kind,
        }))
      : []),
    // Doses would bury the medicines: they show when asked for.
    ...chips.filter(({ hides }) => hides),
    ...(['conditions', 'social', 'medications'].includes(collection)
      ? []
      : [{ id: 'mine', label: t('list.mine'), test: (row: ListRow) => row.by === t('list.you') }]),
    { id: 'errors', label: t('list.errors'), test: (row: { rank: number }) => row.rank === 2, hides: true },
  ]
}
