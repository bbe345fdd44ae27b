/** The practice's answer to a request to correct: accepted once a corrected version stands in the chart, or declined with a reason that the patient reads. */
import { Button, Stack, Textarea } from '@mantine/core'
import {
  type AmendmentDecision,
  instantText,
  isJsonObject,
  newAmendmentAnswer,
  stringifyJson,
  collectionOfStreamName,
} from '@chartkeep/domain'
import type { ChartRecord } from '@chartkeep/sync'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useChart } from '../app-context.tsx'
import { Banner } from '../../ui/status-mark.tsx'
import type { AmendmentView } from './amendments.ts'
import { personOfChart } from './patient-person.ts'
import { MayNot } from './may-not.tsx'
import { usePractice } from './practice-context.tsx'
import { publishProblem, type PublishProblem } from './publish-words.ts'
import styles from './care.module.css'

/** `about`: the record in the patient's chart as it stands now. */
export function AmendmentAnswerForm({ view, about }: { view: AmendmentView; about: ChartRecord }) {
  const { t } = useTranslation()
  const { summary, views } = useChart()
  const { practice, vault } = usePractice()
  const [isDeclining, setDeclining] = useState(false)
  const [reason, setReason] = useState('')
  const [isMissing, setMissing] = useState(false)
  const [isBusy, setBusy] = useState(false)
  const [problem, setProblem] = useState<PublishProblem | null>(null)
  const { record, request } = view
  const isCorrected = about.revision !== request.revision
  if (!practice.may('answer-amendment')) return <MayNot what="answer-amendment" />
  const answer = async (decision: AmendmentDecision) => {
    const { resource } = views.of(record)
    const list = collectionOfStreamName(record.collection)
    if (!isJsonObject(resource) || list === null) return
    const made = newAmendmentAnswer({ id: record.doc, resource, list }, decision, {
      by: { id: practice.me.id, name: practice.me.name },
      at: instantText(Date.now()),
      person: personOfChart(summary),
    })
    if (made === null) return setMissing(true)
    setBusy(true)
    try {
      const saved = await vault.save({ collection: list, resource: stringifyJson(made) })
      if (saved.type !== 'saved') return setProblem(saved.type)
      const published = await practice.publish(saved.record.id, summary.slot)
      if (published.type !== 'published') setProblem(published.type)
    } finally {
      setBusy(false)
    }
  }
  const decline = (event: FormEvent) => {
    event.preventDefault()
    setMissing(false)
    void answer({ type: 'declined', reason })
  }
  return (
    <Stack gap="md">
      {problem === null ? null : (
        <Banner status="danger" urgent>
          {publishProblem(problem, t)}
        </Banner>
      )}
      {isCorrected ? null : <p>{t('amend.correctFirst')}</p>}
      {isDeclining ? (
        <form onSubmit={decline} noValidate>
          <Textarea
            label={t('amend.whyDeclined')}
            description={t('amend.whyHint')}
            value={reason}
            error={isMissing ? t('amend.whyMissing') : undefined}
            onChange={(event) => setReason(event.currentTarget.value)}
            autosize
            minRows={2}
            autoComplete="off"
          />
          <div className={styles.deeds}>
            <Button type="submit" loading={isBusy}>
              {t('amend.sendDecline')}
            </Button>
            <Button variant="default" onClick={() => setDeclining(false)}>
              {t('deed.cancel')}
            </Button>
          </div>
        </form>
      ) : (
        <div className={styles.deeds}>
          <Button
            disabled={!isCorrected}
            loading={isBusy}
            onClick={() =>
              void answer({ type: 'accepted', corrected: { id: about.doc, revision: about.revision }, words: '' })
            }
          >
            {t('amend.accept')}
          </Button>
          <Button variant="default" onClick={() => setDeclining(true)}>
            {t('amend.decline')}
          </Button>
        </div>
      )}
    </Stack>
  )
}
