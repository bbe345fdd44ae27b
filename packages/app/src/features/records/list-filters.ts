/** The filter chips that each list offers: at most four, and entered in error only when asked for. */
import type { TFunction } from 'i18next'
import type { ListFilter } from '../../ui/list-rows.ts'

/** Chips of a collection. */
export function filtersOf(collection: string, t: TFunction): ListFilter[] {
  const withStates = ['allergies', 'medications', 'conditions', 'plans', 'appointments', 'encounters']
  return [
    ...(collection === 'labs' || collection === 'vitals'
      ? [{ id: 'abnormal', label: t('list.abnormal'), test: (row: { flag?: unknown }) => row.flag !== undefined }]
      : []),
    ...(withStates.includes(collection)
      ? [
          { id: 'active', label: t('list.active'), test: (row: { rank: number }) => row.rank === 0 },
          { id: 'past', label: t('list.past'), test: (row: { rank: number }) => row.rank === 1 },
        ]
      : []),
    { id: 'mine', label: t('list.mine'), test: (row: { by: string }) => row.by === t('list.you') },
    { id: 'errors', label: t('list.errors'), test: (row: { rank: number }) => row.rank === 2, hides: true },
  ]
}
