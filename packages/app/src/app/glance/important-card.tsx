/** Allergies with risk (or that nobody asked), medicines in use, conditions: the same three empties everywhere. */
import { Stack } from '@mantine/core'
import type { ChartRecord } from '@chartkeep/sync'
import { type ReactNode, useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { addressOf } from '../place/addresses.ts'
import { mayDo, useChart } from '../context/app-context.tsx'
import { lookMarks, looksAmong } from '../chart/medicine-looks.ts'
import { emptyMark, type NoneList, noneState, statedWords, unclearMark } from '../words/none-stated.ts'
import { dangerMark, detailWords, stateMark, titleOf } from '../words/record-view.ts'
import { useWording } from '../chart/use-wording.ts'
import { importantOf, recordsIn } from './important.ts'
import { formatDateOnly } from '../../i18n/dates.ts'
import { currentLanguage } from '../../i18n/index.ts'
import { Card } from '../../ui/display/card.tsx'
import { firstPart } from '../../ui/display/first-part.ts'
import { type Status, StatusMark } from '../../ui/display/status-mark.tsx'
import styles from './glance.module.css'

const SHOWN = 5
const SHOWN_ALLERGIES = 8
const DANGERS: readonly Status[] = ['danger', 'attention', 'neutral']

/** Lists that are not shared with the reader are left out. */
export function ImportantCard({ records }: { records: readonly ChartRecord[] }) {
  const { t } = useTranslation()
  const { summary, views } = useChart()
  const wording = useWording()
  const markOf = (record: ChartRecord) => dangerMark(views.of(record).resource, t)
  const allergies = importantOf(records, 'allergies', views).toSorted(
    (a, b) => DANGERS.indexOf(markOf(a).status) - DANGERS.indexOf(markOf(b).status),
  )
  const looks = useMemo(() => looksAmong(records, views), [records, views])
  const looksOf = (record: ChartRecord) => {
    const { id, title } = record
    return lookMarks(looks.of({ id, title, resource: views.of(record).resource }), summary.relation === 'own', t)
  }
  const detailOf = (record: ChartRecord) => {
    const { resource, descriptor } = views.of(record)
    return firstPart(detailWords(resource, descriptor, t)) || formatDateOnly(record.date, currentLanguage())
  }
  const line = (record: ChartRecord) => {
    const state = stateMark(record, wording)
    return (
      <li key={record.id}>
        <a className="ck-alone" href={wording.hrefOf(record)}>
          {titleOf(record, t)}
        </a>{' '}
        <span className={styles.when}>{detailOf(record)}</span>{' '}
        {state ? <StatusMark status={state.status}>{state.word}</StatusMark> : null}{' '}
        {looksOf(record).map(({ status, word }) => (
          <StatusMark key={word} status={status} filled={status === 'danger'}>
            {word}
          </StatusMark>
        ))}
      </li>
    )
  }
  return (
    <Card title={t('overview.important')}>
      <Stack gap="md">
        <Group list="allergies" records={records} found={allergies} shown={SHOWN_ALLERGIES}>
          {(record) => {
            const mark = markOf(record)
            return (
              <li key={record.id} className={styles.allergy}>
                <a className="ck-alone" href={wording.hrefOf(record)}>
                  {titleOf(record, t)}
                </a>{' '}
                <StatusMark status={mark.status} filled={mark.status === 'danger'}>
                  {mark.word}
                </StatusMark>
              </li>
            )
          }}
        </Group>
        <Group list="medications" records={records} found={importantOf(records, 'medications', views)}>
          {line}
        </Group>
        <Group list="conditions" records={records} found={importantOf(records, 'conditions', views)}>
          {line}
        </Group>
      </Stack>
    </Card>
  )
}

function Group({
  list,
  records,
  found,
  shown = SHOWN,
  children,
}: {
  list: NoneList
  records: readonly ChartRecord[]
  found: readonly ChartRecord[]
  shown?: number
  children: (record: ChartRecord) => ReactNode
}) {
  const { t } = useTranslation()
  const { summary, slots, views } = useChart()
  if (!mayDo(summary, list, 'read')) return null
  const href = addressOf('list', summary.slot, slots.slotOf({ type: 'list', collection: list }))
  const state = noneState(list, recordsIn(records, list), views)
  const language = currentLanguage()
  const mark = emptyMark(list, state, views, t, language)
  return (
    <div className={styles.group}>
      <h3>
        <a className="ck-alone" href={href}>
          {t(`collection.${list}`)} <span className={styles.when}>{found.length}</span>
        </a>
      </h3>
      {found.length === 0 ? <StatusMark status={mark.status}>{mark.word}</StatusMark> : null}
      {found.length === 0 ? null : <ul>{found.slice(0, shown).map(children)}</ul>}
      {state.answer === 'some' && state.unclear > 0 ? (
        <StatusMark status="attention">{unclearMark(state, t).word}</StatusMark>
      ) : null}
      {state.answer === 'some'
        ? state.stated.map((record) => (
            <StatusMark key={record.id} status={state.outdated.includes(record) ? 'attention' : 'neutral'}>
              {t('none.beside', { what: statedWords(list, record, views, t, language) })}
            </StatusMark>
          ))
        : null}
      {found.length > shown ? (
        <p>
          <a className="ck-alone" href={href}>
            {t('important.more', { count: found.length - shown })}
          </a>
        </p>
      ) : null}
    </div>
  )
}
