/** Whether the patient has the note, and giving it to them: with its visit, its signatures and its addenda (N5). */
import { Button } from '@mantine/core'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useChart } from '../../app/app-context.tsx'
import type { CareNote, CareVisit } from '../../app/care/notes.ts'
import { usePractice } from '../../app/care/practice-context.tsx'
import { publishProblem } from '../../app/care/publish-words.ts'
import { Card } from '../../ui/card.tsx'
import { Banner, StatusMark } from '../../ui/status-mark.tsx'

export function SharedCard({ note, visit }: { note: CareNote; visit: CareVisit | null }) {
  const { t } = useTranslation()
  const { summary } = useChart()
  const { practice } = usePractice()
  const [state, setState] = useState<'no' | 'older' | 'same' | null>(null)
  const [problem, setProblem] = useState('')
  const [isWorking, setWorking] = useState(false)
  const { record, signatures, addenda } = note
  const all = `${record.revision} ${signatures.length} ${addenda.length} ${addenda.map((each) => each.signatures.length).join()}`
  useEffect(() => {
    let isGone = false
    void practice.published(record.id, summary.slot).then((found) => {
      if (!isGone) setState(found)
    })
    return () => {
      isGone = true
    }
  }, [practice, record.id, summary.slot, all, isWorking])
  const share = async () => {
    setWorking(true)
    // A visit that the patient did not open to the practice keeps nothing back: the note says which visit it is of.
    if (visit !== null) await practice.publish(visit.record.id, summary.slot)
    const outcome = await practice.publish(record.id, summary.slot)
    setProblem(outcome.type === 'published' ? '' : publishProblem(outcome.type, t))
    setWorking(false)
  }
  if (state === null) return null
  return (
    <Card title={summary.care?.name || summary.name}>
      {problem === '' ? null : (
        <Banner status="attention" urgent>
          {problem}
        </Banner>
      )}
      <StatusMark status={state === 'same' ? 'good' : state === 'older' ? 'attention' : 'private'}>
        {t(state === 'same' ? 'note.shared' : state === 'older' ? 'note.sharedOlder' : 'note.notShared')}
      </StatusMark>
      {state === 'same' ? null : (
        <Button mt="md" onClick={() => void share()} loading={isWorking}>
          {t(state === 'older' ? 'note.shareAgain' : 'note.share')}
        </Button>
      )}
    </Card>
  )
}
