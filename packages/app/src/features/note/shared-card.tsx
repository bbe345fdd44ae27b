/** Whether the patient has the note, and giving it to them: with its visit, its signatures and its addenda (N5). */
import { Button } from '@mantine/core'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { startWith, switchMap } from 'rxjs'
import { useChartLabel } from '../../app/people/use-chart-label.ts'
import { useChart } from '../../app/context/app-context.tsx'
import { mayAddInChart } from '@chartkeep/domain'
import type { CareNote, CareVisit } from '../../app/care/notes/notes.ts'
import { MayNot } from '../../app/practice/may-not.tsx'
import { usePractice } from '../../app/practice/practice-context.tsx'
import { publishProblem } from '../../app/practice/publish-words.ts'
import { useAction } from '../../app/actions/use-action.ts'
import { Card } from '../../ui/display/card.tsx'
import { Problem, StatusMark } from '../../ui/display/status-mark.tsx'

export function SharedCard(props: { note: CareNote; visit: CareVisit | null }) {
  const { t } = useTranslation()
  const { summary } = useChart()
  if (summary.file === undefined) return <Sharing {...props} />
  const name = summary.care?.name || summary.name
  return (
    <Card title={name}>
      <p>{t('publish.unseen', { name })}</p>
    </Card>
  )
}

function Sharing({ note, visit }: { note: CareNote; visit: CareVisit | null }) {
  const { t } = useTranslation()
  const labelOf = useChartLabel()
  const { chart, summary } = useChart()
  const { practice } = usePractice()
  const [state, setState] = useState<'no' | 'older' | 'same' | null>(null)
  const { isWorking, problem, run } = useAction()
  const { record, signatures, addenda } = note
  const all = `${record.revision} ${signatures.length} ${addenda.length} ${addenda.map((each) => each.signatures.length).join()}`
  useEffect(() => {
    // What goes to the patient by itself, an addendum or a new version, is seen here when it is in their chart.
    const states$ = chart.written$.pipe(
      startWith(null),
      switchMap(() => practice.published(record.id, summary.slot)),
    )
    const subscription = states$.subscribe(setState)
    return () => subscription.unsubscribe()
  }, [practice, record.id, chart, summary.slot, all])
  const share = () =>
    run(async () => {
      // A visit that the patient did not open to the practice keeps nothing back: the note says which visit it is of.
      if (visit !== null) await practice.publish(visit.record.id, summary.slot)
      const outcome = await practice.publish(record.id, summary.slot, record.revision)
      return outcome.type === 'published' ? '' : publishProblem(outcome.type, t)
    })
  if (state === null) return null
  return (
    <Card title={labelOf(summary)}>
      <Problem text={problem} />
      <StatusMark status={state === 'same' ? 'good' : state === 'older' ? 'attention' : 'private'}>
        {t(state === 'same' ? 'note.shared' : state === 'older' ? 'note.sharedOlder' : 'note.notShared')}
      </StatusMark>
      <MayNot what={{ addsInChart: 'notes' }} />
      {state === 'same' || note.state === 'broken' || !mayAddInChart(practice.me.roles, 'notes') ? null : (
        <Button mt="md" onClick={() => void share()} loading={isWorking}>
          {t(state === 'older' ? 'note.shareAgain' : 'note.share')}
        </Button>
      )}
    </Card>
  )
}
