/** Taking back a whole import: what would go and what stays is said before, how far it is while it runs, and what was done at the end. */
import { type UndoPlan, type UndoStays, TRASH_DAYS } from '@chartkeep/domain'
import type { Chart, ChartRecord, UndoOutcome } from '@chartkeep/sync'
import { Button, Progress, Stack } from '@mantine/core'
import { IconArrowBackUp } from '@tabler/icons-react'
import { useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Question } from '../../ui/dialogs/question.tsx'
import { Banner } from '../../ui/display/status-mark.tsx'
import { titleOf } from '../words/record-view.ts'
import styles from './undo-import.module.css'

const SHOWN_STAYS = 50

type UndoStep =
  | { type: 'ready' }
  | { type: 'asking'; plan: UndoPlan<ChartRecord> }
  | { type: 'running'; done: number; all: number }
  | { type: 'over'; outcome: UndoOutcome | { end: 'failed' }; stays: UndoPlan<ChartRecord>['stays'] }

/** The button with all that follows it. `open` gives the chart, opened again where it was closed meanwhile. */
export function UndoImport({ importId, open }: { importId: string; open: () => Promise<Chart | null> }) {
  const { t } = useTranslation()
  const [step, setStep] = useState<UndoStep>({ type: 'ready' })
  const control = useRef(new AbortController())
  const ask = async () => {
    const chart = await open().catch(() => null)
    if (chart === null) return setStep({ type: 'over', outcome: { end: 'failed' }, stays: [] })
    setStep({ type: 'asking', plan: chart.undoPlan(importId) })
  }
  const undo = async (all: number) => {
    control.current = new AbortController()
    setStep({ type: 'running', done: 0, all })
    const chart = await open().catch(() => null)
    if (chart === null) return setStep({ type: 'over', outcome: { end: 'failed' }, stays: [] })
    // Continues while the person looks at other screens.
    const release = chart.hold()
    try {
      const outcome = await chart
        .undoImport(importId, {
          signal: control.current.signal,
          onProgress: (done, total) => setStep({ type: 'running', done, all: total }),
        })
        .catch(() => ({ end: 'failed' as const }))
      setStep({ type: 'over', outcome, stays: chart.isOpen() ? chart.undoPlan(importId).stays : [] })
    } finally {
      release()
    }
  }
  const plan = step.type === 'asking' ? step.plan : null
  const isDone = step.type === 'over' && step.outcome.end === 'done'
  return (
    <Stack gap="sm" align="flex-start" className="ck-screen-only">
      <div role="status" className={styles.wide}>
        {step.type === 'over' ? (
          <Banner status={isDone && step.stays.length === 0 ? 'good' : 'attention'}>
            {step.outcome.end === 'failed'
              ? t('undo.failed')
              : t(`undo.end.${step.outcome.end}`, { count: step.outcome.undone, days: TRASH_DAYS })}
            <Stays stays={step.stays} />
          </Banner>
        ) : null}
      </div>
      {step.type === 'running' ? (
        <>
          <p className="ck-number">{t('undo.progress', { done: step.done, all: step.all })}</p>
          <Progress
            value={(step.done / Math.max(1, step.all)) * 100}
            size="lg"
            aria-label={t('undo.title')}
            className={styles.wide}
          />
          <Button variant="default" onClick={() => control.current.abort()}>
            {t('undo.stop')}
          </Button>
        </>
      ) : isDone ? null : (
        <Button variant="subtle" leftSection={<IconArrowBackUp size={20} />} onClick={() => void ask()}>
          {t('undo.title')}
        </Button>
      )}
      {plan === null ? null : (
        <Question
          isOpen
          title={t('undo.title')}
          problem=""
          stay={t('deed.cancel')}
          go={plan.goes.length === 0 ? t('deed.close') : t('undo.go', { count: plan.goes.length })}
          isWorking={false}
          onStay={() => setStep({ type: 'ready' })}
          onGo={() => (plan.goes.length === 0 ? setStep({ type: 'ready' }) : void undo(plan.goes.length))}
        >
          <p>
            {plan.goes.length === 0
              ? t('undo.nothing')
              : t('undo.question', { count: plan.goes.length, days: TRASH_DAYS })}
          </p>
          <Stays stays={plan.stays} />
          {plan.goes.length === 0 ? null : <p>{t('undo.more')}</p>}
        </Question>
      )}
    </Stack>
  )
}

/** Which records stay, and why. */
function Stays({ stays }: { stays: UndoPlan<ChartRecord>['stays'] }) {
  const { t } = useTranslation()
  if (stays.length === 0) return null
  const why = (reason: UndoStays) => t(`undo.why.${reason}`)
  return (
    <>
      <p>{t('undo.stays', { count: stays.length })}</p>
      <ul>
        {stays.slice(0, SHOWN_STAYS).map(({ record, why: reason }) => (
          <li key={record.id}>{t('joined.label', { label: titleOf(record, t), text: why(reason) })}</li>
        ))}
        {stays.length > SHOWN_STAYS ? <li>{t('undo.others', { count: stays.length - SHOWN_STAYS })}</li> : null}
      </ul>
    </>
  )
}
