/**
 * The practice's answer to a correction request: accepted once the chart has a corrected version, or declined with a reason that the
 * patient reads.
 */
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
import { useChart } from '../../context/app-context.tsx'
import { useAction } from '../../actions/use-action.ts'
import { Problem } from '../../../ui/display/status-mark.tsx'
import type { AmendmentView } from './amendments.ts'
import { personOfChart } from '../../practice/patient-person.ts'
import { useFormValues } from '../../../ui/forms/form-draft.ts'
import { WithDraft } from '../../drafts/with-draft.tsx'
import { MayNot } from '../../practice/may-not.tsx'
import { usePractice } from '../../practice/practice-context.tsx'
import { publishProblem } from '../../practice/publish-words.ts'
import styles from '../../practice/care.module.css'

interface Props {
  view: AmendmentView
  /** The record in the patient's chart, in its current version. */
  about: ChartRecord
}

export function AmendmentAnswerForm(props: Props) {
  return (
    <WithDraft slot={`decline ${props.view.record.doc}`}>{({ done }) => <Fields {...props} onDone={done} />}</WithDraft>
  )
}

function Fields({ view, about, onDone }: Props & { onDone: () => Promise<void> }) {
  const { t } = useTranslation()
  const { summary, views } = useChart()
  const { practice, vault } = usePractice()
  const { values, setValues } = useFormValues({ reason: '' })
  const { reason } = values
  const [isDeclining, setDeclining] = useState(reason !== '')
  const [isMissing, setMissing] = useState(false)
  const { isWorking: isBusy, problem, run } = useAction()
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
    await run(async () => {
      const saved = await vault.save({ collection: list, resource: stringifyJson(made) })
      if (saved.type !== 'saved') return publishProblem(saved.type, t)
      await onDone()
      const published = await practice.publish(saved.record.id, summary.slot)
      return published.type === 'published' ? '' : publishProblem(published.type, t)
    })
  }
  const decline = (event: FormEvent) => {
    event.preventDefault()
    setMissing(false)
    void answer({ type: 'declined', reason })
  }
  return (
    <Stack gap="md">
      <Problem text={problem} status="danger" />
      {isCorrected ? null : <p>{t('amend.correctFirst')}</p>}
      {isDeclining ? (
        <form onSubmit={decline} noValidate>
          <Textarea
            label={t('amend.whyDeclined')}
            description={t('amend.whyHint')}
            value={reason}
            error={isMissing ? t('amend.whyMissing') : undefined}
            onChange={(event) => {
              const text = event.currentTarget.value
              setValues(() => ({ reason: text }))
            }}
            autosize
            minRows={2}
            autoComplete="off"
          />
          <div className={styles.actions}>
            <Button type="submit" loading={isBusy}>
              {t('amend.sendDecline')}
            </Button>
            <Button variant="default" onClick={() => setDeclining(false)}>
              {t('deed.cancel')}
            </Button>
          </div>
        </form>
      ) : (
        <div className={styles.actions}>
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
