/** The filter chips that each list offers: at most four, and entered in error only when asked for. */
import type { TFunction } from 'i18next'
import type { ListFilter, ListRow } from '../../ui/list-rows.ts'

/** Chips of a collection. */
export function filtersOf(collection: string, t: TFunction): ListFilter[] {
  const withStates = ['allergies', 'medications', 'plans', 'appointments', 'encounters']
  const ofType = (...types: string[]) => ({ test: ({ type }: ListRow) => types.includes(type) })
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
    ...(collection === 'conditions'
      ? [
          { id: 'conditions', label: t('collection.conditions'), ...ofType('Condition') },
          { id: 'procedures', label: t('list.procedures'), ...ofType('Procedure') },
          { id: 'family', label: t('list.family'), ...ofType('FamilyMemberHistory') },
        ]
      : []),
    // Doses would bury the medicines: they show when asked for.
    ...(collection === 'medications'
      ? [{ id: 'doses', label: t('list.doses'), hides: true, ...ofType('MedicationAdministration') }]
      : []),
    ...(['conditions', 'medications'].includes(collection)
      ? []
      : [{ id: 'mine', label: t('list.mine'), test: (row: ListRow) => row.by === t('list.you') }]),
    { id: 'errors', label: t('list.errors'), test: (row: { rank: number }) => row.rank === 2, hides: true },
  ]
}
