/** Writing a message. What is typed is kept sealed until it is sent; without network it is sent once there is one. */
import { chartReference, dayAfter, instantText, newMessage, type Thread } from '@chartkeep/domain'
import { Button, FileButton, NativeSelect, Stack, Textarea, TextInput } from '@mantine/core'
import { IconPaperclip, IconSend } from '@tabler/icons-react'
import { type FormEvent, useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useNavigate } from 'react-router'
import { pathOf } from '../../app/place/addresses.ts'
import { mayDo, useChart, useSession } from '../../app/context/app-context.tsx'
import { useCareSelf, useCareWrite } from '../../app/care/messages/care-chart.ts'
import { useBackToWork } from '../../app/practice/from-work.ts'
import { usePracticeIfAny } from '../../app/practice/practice-context.tsx'
import { localNow } from '../../app/measures/doses.ts'
import { WithDraft } from '../../app/drafts/with-draft.tsx'
import { useObservable } from '../../app/hooks/use-observable.ts'
import { useFormValues } from '../../ui/forms/form-draft.ts'
import { Card } from '../../ui/display/card.tsx'
import { Banner } from '../../ui/display/status-mark.tsx'
import { limited } from '../../ui/fields/limited.tsx'
import { AddresseeField, useAddressee } from './addressee.tsx'
import { ChosenFiles, type SealingWay } from './chosen-files.tsx'
import { type FilesProblem, sealFiles } from './message-files.ts'

const EMPTY = { to: '', subject: '', text: '', shown: '' }
/** Days for which a message is shown without being asked for. */
const SHOWN_DAYS = ['', '365', '1095', '3650'] as const
/** Longest text (the schema of Communication). */
const MAX_TEXT = 20_000

/** `begun`: the thread that it goes on, whose subject every message repeats, so that whoever holds only one of them knows what it is about; null begins one. */
export function MessageForm({ thread, begun }: { thread: string; begun: Thread | null }) {
  const isNew = begun === null
  const { summary } = useChart()
  // Of a new thread the draft is found again by its chart.
  return (
    <WithDraft slot={`message ${summary.slot} ${isNew ? 'new' : thread}`}>
      {({ drop, since }) => <Fields thread={thread} begun={begun} onSent={drop} isKept={since !== null} />}
    </WithDraft>
  )
}

function Fields({
  thread,
  begun,
  onSent,
  isKept,
}: {
  thread: string
  begun: Thread | null
  onSent: () => Promise<void>
  isKept: boolean
}) {
  const isNew = begun === null
  const { t } = useTranslation()
  const { chart, summary, slots } = useChart()
  const self = useCareSelf()
  const session = useSession()
  const sync = useObservable(session.sync$)
  const write = useCareWrite('messages')
  const navigate = useNavigate()
  const backToWork = useBackToWork()
  const { values, setValues } = useFormValues(EMPTY)
  const addressee = useAddressee(begun, values.to)
  const { to } = addressee
  const [files, setFiles] = useState<readonly File[]>([])
  const vault = usePracticeIfAny()?.vault ?? null
  const [isSending, setSending] = useState(false)
  const [way, setWay] = useState<SealingWay | null>(null)
  const [problem, setProblem] = useState<'to' | 'subject' | 'text' | 'long' | 'failed' | 'kept' | null>(null)
  const [fileProblem, setFileProblem] = useState<FilesProblem | null>(null)
  const control = useRef<AbortController | null>(null)
  // Leaving the screen stops the sealing; the text is a draft by then.
  useEffect(() => () => control.current?.abort(), [])
  const change = (part: Partial<typeof EMPTY>) => setValues((before) => ({ ...before, ...part }))
  const isOffline = sync?.state === 'offline' || sync?.state === 'no-server'
  const send = async () => {
    // The button waits until it is known who reads the list.
    if (to === undefined || addressee.nobody !== '') return
    if (to === null) return setProblem('to')
    if (isNew && values.subject.trim() === '') return setProblem('subject')
    if (values.text.trim() === '' && files.length === 0) return setProblem('text')
    if (values.text.length > MAX_TEXT) return setProblem('long')
    setProblem(null)
    setFileProblem(null)
    control.current = new AbortController()
    const place = { chart: vault === null || mayDo(summary, 'messages', 'append') ? chart : null, vault }
    const sealed = await sealFiles(files, place, {
      signal: control.current.signal,
      onProgress: (doneBytes, allBytes) => setWay({ doneBytes, allBytes }),
    }).finally(() => setWay(null))
    if (sealed.type !== 'sealed') return setFileProblem(sealed)
    const now = Date.now()
    const { day } = localNow(new Date(now))
    const about = chartReference(summary.id, summary.name)
    const sent = instantText(now)
    const from = self.reference
    if (!(await sealed.keep({ thread, from, about, sent }))) return setProblem('failed')
    const outcome = await write(
      newMessage({
        thread,
        subject: begun?.subject ?? values.subject,
        text: values.text,
        files: sealed.named,
        from,
        to,
        about,
        sent,
        shownUntil: values.shown === '' ? '' : dayAfter(day, Number(values.shown)),
      }),
    )
    if (outcome.type === 'failed') return setProblem('failed')
    setProblem(outcome.type === 'kept' ? 'kept' : null)
    setFiles([])
    await onSent()
    if (outcome.type === 'saved' && backToWork()) return
    if (isNew)
      void navigate(pathOf('messages', summary.slot, slots.slotOf({ type: 'thread', thread })), { replace: true })
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setSending(true)
    void send()
      .catch(() => setProblem('failed'))
      .finally(() => setSending(false))
  }
  return (
    <Card title={t(isNew ? 'messages.write' : 'messages.reply')}>
      <form onSubmit={submit} noValidate autoComplete="off">
        <Stack gap="md">
          {problem === 'failed' || problem === 'kept' ? (
            <Banner status="attention" urgent>
              {t(problem === 'failed' ? 'messages.failed' : 'messages.kept')}
            </Banner>
          ) : null}
          <AddresseeField
            addressee={addressee}
            value={values.to}
            // What is being sent goes to whom it was begun for.
            onChange={(choice) => (isSending ? undefined : change({ to: choice }))}
            isMissing={problem === 'to'}
          />
          {isNew ? (
            <TextInput
              label={t('messages.subject')}
              value={values.subject}
              {...limited(values.subject, 200, t)}
              onChange={(event) => change({ subject: event.currentTarget.value })}
              error={problem === 'subject' ? t('messages.needSubject') : undefined}
              readOnly={isSending}
            />
          ) : null}
          <Textarea
            label={t('messages.text')}
            description={isKept ? t('messages.draftKept') : undefined}
            value={values.text}
            onChange={(event) => change({ text: event.currentTarget.value })}
            error={problem === 'text' ? t('messages.needText') : problem === 'long' ? t('messages.tooLong') : undefined}
            autosize
            minRows={3}
            maxRows={12}
            // Sealing large files takes a while, and what was typed meanwhile would go with the draft.
            readOnly={isSending}
          />
          <ChosenFiles
            files={files}
            way={way}
            problem={fileProblem}
            onRemove={(file) => setFiles((before) => before.filter((one) => one !== file))}
            onStop={() => control.current?.abort()}
          />
          <FileButton onChange={(chosen) => setFiles((before) => [...before, ...chosen])} multiple>
            {(props) => (
              <Button {...props} variant="default" disabled={isSending} leftSection={<IconPaperclip size={20} />}>
                {t('messages.attach')}
              </Button>
            )}
          </FileButton>
          <details>
            <summary className="ck-alone">{t('messages.retention')}</summary>
            <NativeSelect
              mt="sm"
              label={t('messages.retentionLabel')}
              description={t('messages.retentionHint')}
              value={values.shown}
              onChange={(event) => change({ shown: event.currentTarget.value })}
              data={SHOWN_DAYS.map((days) => ({
                value: days,
                label: days === '' ? t('messages.noEnd') : t('messages.years', { count: Number(days) / 365 }),
              }))}
            />
          </details>
          {addressee.nobody === '' ? (
            <Button type="submit" loading={isSending} disabled={to === undefined} leftSection={<IconSend size={20} />}>
              {t(isOffline ? 'messages.sendLater' : 'messages.send')}
            </Button>
          ) : null}
        </Stack>
      </form>
    </Card>
  )
}
