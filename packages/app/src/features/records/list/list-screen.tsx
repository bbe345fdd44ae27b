/** One list of the chart. Reads only the local store. */
import {
  ALL_TYPES,
  collectionOf,
  collectionOfStreamName,
  findingKind,
  instantText,
  isFactRecord,
  isCollection,
  newNoneStated,
  type NoneAnswer,
  privateName,
  stringifyJson,
} from '@chartkeep/domain'
import type { ChartRecord } from '@chartkeep/sync'
import { Button, SegmentedControl } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useParams } from 'react-router'
import { ChartName } from '../../../app/people/use-chart-label.ts'
import { addressOf } from '../../../app/place/addresses.ts'
import { mayDo, useChart } from '../../../app/context/app-context.tsx'
import { MayNotAdd } from '../../../app/practice/may-not.tsx'
import { collectionLabel, storedOf } from '../../../app/words/collection-label.ts'
import { ActionButton } from '../../../app/actions/action-button.tsx'
import { saveError } from '../../../app/actions/save-error.ts'
import { Delayed } from '../../../app/hooks/delayed.tsx'
import { isNoneList, NONE_TYPES, type NoneList, noneState } from '../../../app/words/none-stated.ts'
import { useMedicineLooks } from '../../../app/chart/medicine-looks.ts'
import { patientText } from '../../../app/words/chart-patient.ts'
import { enteredInErrorText } from '../../../app/words/error-mark.ts'
import { Banner } from '../../../ui/display/status-mark.tsx'
import { rowsOf } from '../../../app/words/record-view.ts'
import { OtherDevice } from '../../../app/place/other-device.tsx'
import { Screen } from '../../../app/place/screen.tsx'
import { useObservable } from '../../../app/hooks/use-observable.ts'
import { useList } from '../../../app/chart/use-list.ts'
import { useWording } from '../../../app/chart/use-wording.ts'
import { ScreenHead } from '../../../ui/display/card.tsx'
import { EmptyState } from '../../../ui/display/empty-state.tsx'
import { type ListMemory, RecordList } from '../../../ui/lists/record-list.tsx'
import { addedTo, kindOf } from '../../../record-kinds/index.ts'
import { filtersOf } from './list-filters.ts'
import { MedicinesWeek } from './medicines-week.tsx'
import styles from './records.module.css'
import { TestsView } from './tests-view.tsx'
import { TrashOfList } from './trash.tsx'
import { VaccineHistory } from './vaccine-history.tsx'

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
  const { summary, slots, memories, views } = useChart()
  const words = useWording()
  const looks = useMedicineLooks(hasLooks(collection))
  const wording = useMemo(() => ({ ...words, looksOf: looks.of }), [words, looks])
  const all = useList(collection)
  const records = useMemo(() => all?.filter((record) => isFactRecord(record)), [all])
  const rows = useMemo(() => (records ? rowsOf(records, wording) : undefined), [records, wording])
  const stored = storedOf(collection)
  const kinds = useMemo(
    () =>
      new Map(
        collection === 'social' ? records?.map((record) => [record.id, findingKind(views.of(record).resource)]) : [],
      ),
    [collection, records, views],
  )
  const filters = useMemo(() => filtersOf(collection, t, kinds), [collection, t, kinds])
  const name = collectionLabel(collection, t)
  const memoryKey = `list ${collection}`
  const kind = collectionOfStreamName(collection)
  const hasTests = kind === 'labs' || kind === 'vitals'
  const [view, setKeptView] = useState(() => memories.get(`${memoryKey} view`) ?? 'all')
  const setView = (wanted: string) => {
    memories.set(`${memoryKey} view`, wanted)
    setKeptView(wanted)
  }

  const add = mayDo(summary, stored, 'append')
    ? addedTo(collection).map((added, index) => (
        <Button
          key={added}
          component="a"
          variant={index === 0 ? 'filled' : 'default'}
          leftSection={<IconPlus size={20} />}
          href={addressOf('form', summary.slot, slots.slotOf({ type: 'form', collection, id: null, kind: added }))}
        >
          {t('deed.addThing', { thing: kindOf(added).words.thing(t) })}
        </Button>
      ))
    : []
  return (
    <Screen word="list" focusKey={collection}>
      <ScreenHead title={name} actions={rows === undefined || rows.length === 0 ? null : add}>
        <ChartName of={summary} />
      </ScreenHead>
      {rows === undefined ? (
        <Delayed />
      ) : (
        <>
          <MayNotAdd list={stored} />
          {isNoneList(collection) && records && add.length > 0 ? (
            <OutdatedNone list={collection} records={records} />
          ) : null}
          {collection === 'medications' && records ? <MedicinesWeek records={records} /> : null}
          {collection === 'immunizations' && records ? <VaccineHistory records={records} /> : null}
          {hasTests && rows.length > 0 ? (
            <SegmentedControl
              className={`${styles.view} ck-screen-only`}
              aria-label={t('plot.resultsView')}
              value={view === 'tests' ? 'tests' : 'all'}
              onChange={(value) => setView(value)}
              data={[
                { value: 'all', label: t('plot.allResults') },
                { value: 'tests', label: t('plot.byTest') },
              ]}
            />
          ) : null}
          {hasTests && records && view === 'tests' ? (
            <TestsView records={records} name={name} />
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
                  title={isNoneList(collection) ? t('none.emptyTitle') : t('list.emptyTitle')}
                  action={
                    <>
                      {add}
                      {isNoneList(collection) && add.length > 0 ? <StateNone list={collection} /> : null}
                    </>
                  }
                >
                  {isNoneList(collection) ? t('none.emptyText') : t('list.emptyText')}
                </EmptyState>
              }
            />
          )}
        </>
      )}
      <TrashOfList
        list={collection}
        collections={isCollection(stored) ? [stored, privateName(stored)] : [collection]}
      />
    </Screen>
  )
}

/** Lists in which medicines and devices stand. */
function hasLooks(collection: string): boolean {
  const stored = collectionOfStreamName(collection)
  return ALL_TYPES.some(
    ({ type, mayHoldAllergen }) => mayHoldAllergen && collectionOf({ resourceType: type }) === stored,
  )
}

/** Nothing is passed for a list that was not yet seen. */
function remembered(memory: unknown): { memory?: ListMemory } {
  return memory === undefined ? {} : { memory: memory as ListMemory }
}

/** "None known" and "not asked" are records of their own, made on a date. */
function StateNone({ list }: { list: NoneList }) {
  const { t } = useTranslation()
  const { chart } = useChart()
  const profile$ = useMemo(() => chart.list$('profile'), [chart])
  const profiles = useObservable(profile$) ?? []
  const state = async (answer: NoneAnswer) => {
    const patient = `Patient/${patientText(profiles, 'id') || 'self'}`
    const statement = newNoneStated(NONE_TYPES[list], answer, patient, instantText(Date.now()))
    const { type } = await chart.save({ collection: list, resource: stringifyJson(statement) })
    return saveError(type, t)
  }
  return (
    <>
      <ActionButton
        action={t('none.sayNone', { what: t(`none.${list}.none-known`) })}
        run={() => state('none-known')}
      />
      <ActionButton action={t('none.sayNotAsked')} run={() => state('not-asked')} />
    </>
  )
}

/** Something was recorded after "none known" was: the list says so until a person ends the statement. */
function OutdatedNone({ list, records }: { list: NoneList; records: readonly ChartRecord[] }) {
  const { t } = useTranslation()
  const { chart, views } = useChart()
  const { outdated } = useMemo(() => noneState(list, records, views), [list, records, views])
  if (outdated.length === 0) return null
  const end = async () => {
    for (const statement of outdated) {
      const resource = enteredInErrorText(statement.resource, t('none.endReason'))
      if (resource === null) return t('deed.failed')
      const { type } = await chart.save({ collection: statement.collection, resource, id: statement.id })
      if (type !== 'saved') return saveError(type, t)
    }
    return ''
  }
  return (
    <Banner status="attention" action={<ActionButton action={t('none.end')} run={end} />}>
      {t('none.outdated', { what: t(`none.${list}.none-known`) })}
    </Banner>
  )
}
