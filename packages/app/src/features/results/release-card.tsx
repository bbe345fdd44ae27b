/** Comment for the patient and the release: now, after somebody's review, or not at all, with a reason. */
import { Button, NativeSelect, Stack, Textarea, TextInput } from '@mantine/core'
import { commentsOf, mayInPractice, stringAt } from '@chartkeep/domain'
import type { ChartRecord, PublishOutcome } from '@chartkeep/sync'
import { type FormEvent, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useChartLabel } from '../../app/people/use-chart-label.ts'
import { mayDo, useChart } from '../../app/context/app-context.tsx'
import { MayNot } from '../../app/practice/may-not.tsx'
import { usePractice } from '../../app/practice/practice-context.tsx'
import type { PracticeResult } from '../../app/care/results/practice-results.ts'
import { publishProblem } from '../../app/practice/publish-words.ts'
import { proofsOf, releaseFiles } from '../../app/care/results/release-files.ts'
import { assignReview, keepBack, releaseResult } from '../../app/care/results/release-result.ts'
import { useDraft } from '../../app/drafts/use-draft.ts'
import { useAction } from '../../app/actions/use-action.ts'
import { useObservable } from '../../app/hooks/use-observable.ts'
import { parseDueEntry } from '../../ui/fields/date-entry.ts'
import { DateField } from '../../ui/fields/date-field.tsx'
import { Card } from '../../ui/display/card.tsx'
import { Problem } from '../../ui/display/status-mark.tsx'
import { stateWord } from './result-words.ts'
import styles from '../../app/practice/care.module.css'

/** `published`: the copy in the patient's chart; null for none. */
export function ReleaseCard({ result, published }: { result: PracticeResult; published: ChartRecord | null }) {
  const { t } = useTranslation()
  const { chart, summary } = useChart()
  const { practice, vault } = usePractice()
  const ours$ = useMemo(() => vault.list$('documents'), [vault])
  const theirs$ = useMemo(() => chart.list$('documents'), [chart])
  const ours = useObservable(ours$)
  const theirs = useObservable(theirs$)
  const mine = commentsOf(result.resource).find(({ by }) => by.id === practice.me.id)?.text ?? ''
  const draft = useDraft(`release ${result.record.doc}`, null)
  // What was typed stays while versions come: a colleague corrects the result, or it waits for a review.
  const [typed, setTyped] = useState(() =>
    draft.form.kept === null ? null : stringAt(draft.form.kept.values, 'comment'),
  )
  const comment = typed ?? mine
  const [step, setStep] = useState<'none' | 'review' | 'keep'>('none')
  const { isWorking: isBusy, problem, run: runAction } = useAction()
  const work = { practice, vault, result }
  const name = useChartLabel()(summary)
  const run = (action: () => Promise<PublishOutcome>) =>
    runAction(async () => {
      const outcome = await action()
      if (outcome.type !== 'published') return publishProblem(outcome.type, t)
      setStep('none')
      return ''
    })
  const release = () =>
    run(async () => {
      const outcome = await releaseResult(work, {
        chartSlot: summary.slot,
        comment,
        signs: mayDo(summary, 'notes', 'sign'),
      })
      const copy = chart.referencedNow('labs', result.record.doc)
      if (outcome.type === 'published') await draft.drop().catch(() => {})
      if (outcome.type !== 'published' || copy === null || ours === undefined || theirs === undefined) return outcome
      return releaseFiles({ vault, chart }, proofsOf(result.record, ours), copy, theirs)
    })
  // Where the chart is not open nothing is released; what waits for it can still be handed on or kept back.
  const isFile = summary.file !== undefined
  const isSettled = isFile && (result.state === 'released' || result.state === 'kept-back')
  const isDone = published?.revision === result.record.revision && comment.trim() === mine
  const mayRelease = practice.may('release-result')
  const mayAssign = mayInPractice(practice.me.roles, 'labs', 'append')
  return (
    <Card title={t('release.title')}>
      <Stack gap="md">
        <p>{stateWord(result, t)}</p>
        <Problem text={problem} status="danger" />
        {isFile ? null : mayRelease ? (
          <Textarea
            label={t('release.comment', { name })}
            description={t('release.commentHint')}
            value={comment}
            onChange={(event) => {
              const { value } = event.currentTarget
              setTyped(value)
              draft.form.keep({ values: { comment: value }, reason: '' })
            }}
            autosize
            minRows={2}
            autoComplete="off"
          />
        ) : (
          <MayNot what="release-result" />
        )}
        {(mayRelease || mayAssign) && !isSettled ? (
          <div className={styles.actions}>
            {mayRelease && !isFile ? (
              <Button loading={isBusy} disabled={isDone} onClick={() => void release()}>
                {isDone ? t('release.done') : result.state === 'corrected' ? t('release.again') : t('release.now')}
              </Button>
            ) : null}
            {mayAssign ? (
              <Button variant="default" onClick={() => setStep(step === 'review' ? 'none' : 'review')}>
                {t('release.after')}
              </Button>
            ) : null}
            {mayRelease && published === null ? (
              <Button variant="subtle" onClick={() => setStep(step === 'keep' ? 'none' : 'keep')}>
                {t('release.keep')}
              </Button>
            ) : null}
          </div>
        ) : null}
        {step === 'review' ? (
          <Review
            isWorking={isBusy}
            onAssign={(reviewer, due) => void run(async () => asOutcome(await assignReview(work, { reviewer, due })))}
          />
        ) : null}
        {step === 'keep' ? (
          <Keep
            isWorking={isBusy}
            onKeep={(reason) =>
              void runAction(async () => {
                const { type } = await keepBack(work, reason)
                if (type !== 'saved') return type === 'reason' ? t('deed.failed') : publishProblem(type, t)
                setStep('none')
                return ''
              })
            }
          />
        ) : null}
      </Stack>
    </Card>
  )
}

function asOutcome(saved: { type: 'saved' | 'full' | 'no-right' | 'newer' }): PublishOutcome {
  return saved.type === 'saved' ? { type: 'published' } : { type: saved.type }
}

function Review({
  isWorking,
  onAssign,
}: {
  isWorking: boolean
  onAssign: (reviewer: { id: string; name: string } | null, due: string) => void
}) {
  const { t } = useTranslation()
  const { practice } = usePractice()
  const members = useObservable(practice.members$) ?? []
  const physicians = members.filter(({ roles, removed }) => !removed && roles.includes('physician'))
  const [chosen, setChosen] = useState('')
  const [due, setDue] = useState('')
  const [isBad, setBad] = useState(false)
  const assign = (event: FormEvent) => {
    event.preventDefault()
    const date = parseDueEntry(due)
    if (date === null) return setBad(true)
    const member = physicians.find(({ id }) => id === chosen)
    onAssign(member ? { id: member.id, name: member.name } : null, date)
  }
  return (
    <form onSubmit={assign} noValidate autoComplete="off">
      <Stack gap="md">
        <NativeSelect
          label={t('release.reviewer')}
          value={chosen}
          onChange={(event) => setChosen(event.currentTarget.value)}
          data={[
            { value: '', label: t('release.nobody') },
            ...physicians.map(({ id, name }) => ({ value: id, label: name })),
          ]}
        />
        <DateField
          isDay
          id="due"
          label={t('release.due')}
          value={due}
          error={isBad ? t('date.badDay') : undefined}
          onChange={(value) => {
            setDue(value)
            setBad(false)
          }}
        />
        <Button type="submit" variant="default" loading={isWorking}>
          {t('release.assign')}
        </Button>
      </Stack>
    </form>
  )
}

function Keep({ isWorking, onKeep }: { isWorking: boolean; onKeep: (reason: string) => void }) {
  const { t } = useTranslation()
  const [reason, setReason] = useState('')
  const [isMissing, setMissing] = useState(false)
  const keep = (event: FormEvent) => {
    event.preventDefault()
    setMissing(reason.trim() === '')
    if (reason.trim() !== '') onKeep(reason)
  }
  return (
    <form onSubmit={keep} noValidate autoComplete="off">
      <Stack gap="md">
        <TextInput
          label={t('release.whyKeep')}
          description={t('release.whyKeepHint')}
          value={reason}
          error={isMissing ? t('release.whyKeepMissing') : undefined}
          onChange={(event) => setReason(event.currentTarget.value)}
          autoComplete="off"
        />
        <Button type="submit" variant="default" loading={isWorking}>
          {t('release.keepNow')}
        </Button>
      </Stack>
    </form>
  )
}
