/** Moving a record into the private list beside its list, or out of it: what that means for those who have the list, said first. */
import { isCardRecord, isMovedAway, isPrivateList } from '@chartkeep/domain'
import type { ChartRecord } from '@chartkeep/sync'
import { Button } from '@mantine/core'
import { IconEyeClosed, IconUsers } from '@tabler/icons-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useNavigate } from 'react-router'
import { pathOf } from '../../../app/place/addresses.ts'
import { useChart } from '../../../app/context/app-context.tsx'
import { titleOf } from '../../../app/words/record-view.ts'
import { Question } from '../../../ui/dialogs/question.tsx'
import { Banner } from '../../../ui/display/status-mark.tsx'

const FIXED: ReadonlySet<string> = new Set(['Patient', 'Provenance'])

/** Nothing for a record of a chart that is shared with this person, and for what does not move. */
export function MovePrivate({ record }: { record: ChartRecord }) {
  const { t } = useTranslation()
  const { chart, summary, slots, views } = useChart()
  const navigate = useNavigate()
  const [isAsking, setAsking] = useState(false)
  const [isWorking, setWorking] = useState(false)
  const [problem, setProblem] = useState('')
  const isFixed = FIXED.has(record.type) || isCardRecord(record) || isMovedAway(views.of(record).resource)
  if (summary.relation !== 'own' || isFixed) return null
  const isPrivate = isPrivateList(record.collection)
  const action = isPrivate ? t('private.back') : t('private.put')
  const what = titleOf(record, t)
  const move = async () => {
    setWorking(true)
    setProblem('')
    const outcome = await chart
      .move(record.id, isPrivate ? 'shared' : 'private')
      .catch(() => ({ type: 'failed' as const }))
    setWorking(false)
    if (outcome.type === 'saved') {
      const slot = slots.slotOf({ type: 'record', id: outcome.record.id })
      return void navigate(pathOf('record', summary.slot, slot), { replace: true })
    }
    setProblem(
      outcome.type === 'full'
        ? t('store.full')
        : outcome.type === 'files'
          ? t('private.putFiles')
          : outcome.type === 'no-right'
            ? t('private.notYours')
            : t('form.notSaved'),
    )
  }
  const Icon = isPrivate ? IconUsers : IconEyeClosed
  return (
    <>
      <Button variant="subtle" leftSection={<Icon size={20} aria-hidden="true" />} onClick={() => setAsking(true)}>
        {action}
      </Button>
      <Question
        isOpen={isAsking}
        title={action}
        problem={problem}
        stay={t('deed.cancel')}
        go={action}
        isWorking={isWorking}
        onStay={() => setAsking(false)}
        onGo={() => void move()}
      >
        <p>{isPrivate ? t('private.backAsk', { what }) : t('private.putAsk', { what })}</p>
        {isPrivate ? null : <p>{t('private.putRead')}</p>}
      </Question>
    </>
  )
}

/** On the page of what stays of a record that was moved. */
export function MovedBanner() {
  const { t } = useTranslation()
  return <Banner status="private">{t('private.away')}</Banner>
}
