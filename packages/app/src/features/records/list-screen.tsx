/** One list of the chart. Reads only the local store. */
import { instantText, newNoKnownAllergies, stringifyJson } from '@chartkeep/domain'
import { Button } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { useParams } from 'react-router'
import { addressOf } from '../../app/addresses.ts'
import { mayDo, useChart } from '../../app/app-context.tsx'
import { collectionLabel } from '../../app/collection-label.ts'
import { addedTo } from '../../app/form-kinds.ts'
import { Delayed } from '../../app/delayed.tsx'
import { rowsOf } from '../../app/record-view.ts'
import { OtherDevice } from '../../app/other-device.tsx'
import { Screen } from '../../app/screen.tsx'
import { useObservable } from '../../app/use-observable.ts'
import { useWording } from '../../app/use-wording.ts'
import { ScreenHead } from '../../ui/card.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { type ListMemory, RecordList } from '../../ui/record-list.tsx'
import { filtersOf } from './list-filters.ts'

/** The list behind the slot of the address. */
export function ListScreen() {
  const { slot } = useParams()
  const { slots } = useChart()
  const target = slots.targetOf(slot)
  if (target?.type !== 'list') return <OtherDevice />
  return <CollectionList key={target.collection} collection={target.collection} />
}

function CollectionList({ collection }: { collection: string }) {
  const { t } = useTranslation()
  const { chart, summary, slots, memories } = useChart()
  const wording = useWording()
  const list$ = useMemo(() => chart.list$(collection), [chart, collection])
  const records = useObservable(list$)
  const rows = useMemo(() => (records ? rowsOf(records, wording) : undefined), [records, wording])
  const filters = useMemo(() => filtersOf(collection, t), [collection, t])
  const name = collectionLabel(collection, t)
  const memoryKey = `list ${collection}`

  const add = mayDo(summary, collection, 'append')
    ? addedTo(collection).map((kind, index) => (
        <Button
          key={kind}
          component="a"
          variant={index === 0 ? 'filled' : 'default'}
          leftSection={<IconPlus size={20} />}
          href={addressOf('form', summary.slot, slots.slotOf({ type: 'form', collection, id: null, kind }))}
        >
          {t('deed.addThing', { thing: t(`thing.${kind}`) })}
        </Button>
      ))
    : []
  return (
    <Screen word="list" focusKey={collection}>
      <ScreenHead title={name} deeds={rows?.length === 0 ? null : add}>
        {summary.name}
      </ScreenHead>
      {rows === undefined ? (
        <Delayed />
      ) : (
        <RecordList
          name={name}
          rows={rows}
          filters={filters}
          showRange={collection === 'labs'}
          {...remembered(memories.get(memoryKey))}
          onMemory={(memory) => memories.set(memoryKey, memory)}
          empty={
            <EmptyState
              title={collection === 'allergies' ? t('allergy.notAsked') : t('list.emptyTitle')}
              action={
                <>
                  {add}
                  {collection === 'allergies' && add.length > 0 ? (
                    <Button
                      variant="default"
                      onClick={() => void chart.save({ collection, resource: noKnownAllergies() })}
                    >
                      {t('allergy.askNone')}
                    </Button>
                  ) : null}
                </>
              }
            >
              {t('list.emptyText')}
            </EmptyState>
          }
        />
      )}
    </Screen>
  )
}

/** Nothing is passed for a list that was not yet seen. */
function remembered(memory: unknown): { memory?: ListMemory } {
  return memory === undefined ? {} : { memory: memory as ListMemory }
}

/** "No known allergies" is a record of its own, made on a date: somebody asked. */
function noKnownAllergies(): string {
  return stringifyJson(newNoKnownAllergies('Patient/self', instantText(Date.now())))
}
