/** The trash: a question before a record goes there, the trash at the end of each list, and the way back for 30 days. */
import {
  instantText,
  isJsonObject,
  parseJsonOrNull,
  restored,
  shownList,
  stringifyJson,
  trashDaysLeft,
  trashed,
  TRASH_DAYS,
  trashedAt,
  withReason,
} from '@chartkeep/domain'
import type { Chart, ChartRecord } from '@chartkeep/sync'
import { Button } from '@mantine/core'
import type { TFunction } from 'i18next'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useNavigate } from 'react-router'
import { addressOf } from '../../../app/place/addresses.ts'
import { mayDo, useChart } from '../../../app/context/app-context.tsx'
import { titleOf } from '../../../app/words/record-view.ts'
import { ActionButton } from '../../../app/actions/action-button.tsx'
import { saveError } from '../../../app/actions/save-error.ts'
import { useAction } from '../../../app/actions/use-action.ts'
import { useObservable } from '../../../app/hooks/use-observable.ts'
import { useWording } from '../../../app/chart/use-wording.ts'
import { Question } from '../../../ui/dialogs/question.tsx'
import { Banner, Problem } from '../../../ui/display/status-mark.tsx'
import styles from './trash.module.css'

/** Whether this account may put a record away and bring it back: its owner, and who may amend what is there. */
export function mayTrash(summary: Parameters<typeof mayDo>[0], record: ChartRecord): boolean {
  return record.type !== 'Patient' && (summary.relation === 'own' || mayDo(summary, record.collection, 'amend'))
}

/** Days for which the record can be brought back; 0 when its time is over, and for text that is no record. */
function daysLeft(record: Pick<ChartRecord, 'resource'>, now: number): number {
  return trashDaysLeft(trashedAt(parseJsonOrNull(record.resource)), now)
}

/** What stood in the way, in words; '' when it is back. */
async function restore(chart: Chart, record: ChartRecord, t: TFunction): Promise<string> {
  const resource = parseJsonOrNull(record.resource)
  if (!isJsonObject(resource)) return t('deed.failed')
  const { type } = await chart.save({
    collection: record.collection,
    resource: stringifyJson(withReason(restored(resource), t('trash.restoredReason'))),
    id: record.id,
    base: record.revision,
  })
  return type === 'changed' ? t('record.changedMeanwhile') : saveError(type, t)
}

/** Asks, puts the record away, and goes back to its list. */
export function TrashQuestion({
  record,
  isOpen,
  onClose,
}: {
  record: ChartRecord
  isOpen: boolean
  onClose: () => void
}) {
  const { t } = useTranslation()
  const { chart, summary, slots } = useChart()
  const navigate = useNavigate()
  const [problem, setProblem] = useState('')
  const [isWorking, setWorking] = useState(false)
  const put = async () => {
    const resource = parseJsonOrNull(record.resource)
    if (!isJsonObject(resource)) return
    setWorking(true)
    const outcome = await chart
      .save({
        collection: record.collection,
        resource: stringifyJson(trashed(withReason(resource, ''), instantText(Date.now()))),
        id: record.id,
        base: record.revision,
      })
      .catch(() => ({ type: 'failed' as const }))
    setWorking(false)
    if (outcome.type === 'changed') return setProblem(t('record.changedMeanwhile'))
    if (outcome.type !== 'saved') return setProblem(outcome.type === 'full' ? t('store.full') : t('form.notSaved'))
    onClose()
    const list = slots.slotOf({ type: 'list', collection: shownList(record) })
    void navigate(addressOf('list', summary.slot, list).slice(1))
  }
  return (
    <Question
      isOpen={isOpen}
      title={t('trash.put')}
      problem={problem}
      stay={t('deed.cancel')}
      go={t('trash.put')}
      isWorking={isWorking}
      onStay={onClose}
      onGo={() => void put()}
    >
      <p>{t('trash.question', { what: titleOf(record, t), days: TRASH_DAYS })}</p>
      <p>{t('trash.wrong')}</p>
    </Question>
  )
}

/** On the page of a record that is in the trash. */
export function TrashBanner({ record }: { record: ChartRecord }) {
  const { t } = useTranslation()
  const { chart, summary } = useChart()
  const left = daysLeft(record, Date.now())
  return (
    <Banner
      status="neutral"
      action={
        left > 0 && mayTrash(summary, record) ? (
          <ActionButton action={t('deed.restore')} run={() => restore(chart, record, t)} />
        ) : null
      }
    >
      {left > 0 ? t('trash.here', { count: left }) : t('trash.over', { days: TRASH_DAYS })}
    </Banner>
  )
}

/** At the end of a list; nothing where nothing can be brought back. */
export function TrashOfList({ list, collections }: { list: string; collections: readonly string[] }) {
  const { t } = useTranslation()
  const { chart, summary } = useChart()
  const wording = useWording()
  const [back, setBack] = useState('')
  const { isWorking, problem, run } = useAction()
  const names = collections.join(' ')
  const first$ = useMemo(() => chart.trash$(names.split(' ')[0] ?? ''), [chart, names])
  const second$ = useMemo(() => (names.includes(' ') ? chart.trash$(names.split(' ')[1] ?? '') : null), [chart, names])
  const first = useObservable(first$) ?? []
  const second = useObservable(second$) ?? []
  const now = Date.now()
  // Two lists may stand in one collection.
  const ofList = [...first, ...second].filter((record) => shownList(record) === list)
  const older = ofList.filter((record) => daysLeft(record, now) === 0)
  const shown = ofList.flatMap((record) => {
    const left = daysLeft(record, now)
    return left > 0 ? [{ record, left }] : []
  })
  const bring = async (record: ChartRecord) => {
    setBack('')
    if (await run(() => restore(chart, record, t))) setBack(titleOf(record, t))
  }
  return (
    <div className="ck-screen-only">
      <div role="status">{back === '' ? null : <Banner status="good">{t('trash.back', { what: back })}</Banner>}</div>
      <Problem text={problem} status="danger" />
      {shown.length === 0 && older.length === 0 ? null : (
        <details className={styles.trash}>
          <summary>{t('trash.title', { count: shown.length })}</summary>
          <p>{t('trash.intro', { days: TRASH_DAYS })}</p>
          <ul>
            {shown.map(({ record, left }) => (
              <li key={record.id}>
                <a className="ck-alone" href={wording.hrefOf(record)}>
                  {titleOf(record, t)}
                </a>
                <span className={styles.left}>{t('trash.left', { count: left })}</span>
                {mayTrash(summary, record) ? (
                  <Button
                    variant="default"
                    disabled={isWorking}
                    onClick={() => void bring(record)}
                    aria-label={t('trash.restoreThis', { what: titleOf(record, t) })}
                  >
                    {t('deed.restore')}
                  </Button>
                ) : null}
              </li>
            ))}
          </ul>
          {older.length === 0 ? null : (
            <>
              <p>{t('trash.older', { count: older.length, days: TRASH_DAYS })}</p>
              <ul>
                {older.map((record) => (
                  <li key={record.id}>
                    <a className="ck-alone" href={wording.hrefOf(record)}>
                      {titleOf(record, t)}
                    </a>
                  </li>
                ))}
              </ul>
            </>
          )}
        </details>
      )}
    </div>
  )
}
