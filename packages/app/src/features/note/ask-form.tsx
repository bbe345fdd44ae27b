/** Asking for a signature: who or which role, what for, until when. */
import { Button, NativeSelect, Stack, Textarea } from '@mantine/core'
import { ASKED_MEANINGS, mayDoInPractice, type PracticeRole } from '@chartkeep/domain'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useChart } from '../../app/context/app-context.tsx'
import { askToSign } from '../../app/care/notes/note-actions.ts'
import { noteProblem } from '../../app/care/notes/note-words.ts'
import type { CareNote } from '../../app/care/notes/notes.ts'
import { usePractice } from '../../app/practice/practice-context.tsx'
import { WithDraft } from '../../app/drafts/with-draft.tsx'
import { useObservable } from '../../app/hooks/use-observable.ts'
import { useAction } from '../../app/actions/use-action.ts'
import { Card } from '../../ui/display/card.tsx'
import { parseDueEntry } from '../../ui/fields/date-entry.ts'
import { DateField } from '../../ui/fields/date-field.tsx'
import { useFormValues } from '../../ui/forms/form-draft.ts'
import { Problem } from '../../ui/display/status-mark.tsx'
import { limited } from '../../ui/fields/limited.tsx'

/** Roles that may sign, as a whole. */
const ROLES: readonly PracticeRole[] = ['physician', 'nurse']

const EMPTY = { who: '', meaning: 'author', due: '', message: '' }

interface Props {
  note: CareNote
  onDone: () => void
}

export function AskForm(props: Props) {
  return (
    <WithDraft slot={`ask ${props.note.record.doc}`}>{({ done }) => <Fields {...props} onAsked={done} />}</WithDraft>
  )
}

function Fields({ note, onDone, onAsked }: Props & { onAsked: () => Promise<void> }) {
  const { t } = useTranslation()
  const { summary } = useChart()
  const view = usePractice()
  const members = useObservable(view.practice.members$) ?? []
  const { values, setValues } = useFormValues(EMPTY)
  const { who, due, message } = values
  const meaning = ASKED_MEANINGS.find((known) => known === values.meaning) ?? 'author'
  const change = (part: Partial<typeof EMPTY>) => setValues((before) => ({ ...before, ...part }))
  const [wrong, setWrong] = useState<'who' | 'due' | null>(null)
  const { isWorking, problem, run } = useAction()
  const action = meaning === 'co-sign' ? 'co-sign-note' : 'sign-note'
  const signers = members.filter(({ removed, roles }) => !removed && mayDoInPractice(roles, action))
  const ask = async (event: FormEvent) => {
    event.preventDefault()
    setWrong(null)
    const signer = signers.find(({ id }) => id === who)
    const role =
      signer?.roles.find((each) => mayDoInPractice([each], action)) ?? ROLES.find((each) => `role:${each}` === who)
    if (role === undefined) return setWrong('who')
    const until = parseDueEntry(due)
    if (until === null) return setWrong('due')
    const asked = {
      signer: signer === undefined ? null : { id: signer.id, name: signer.name },
      role,
      meaning,
      due: until,
      message,
    }
    const isDone = await run(async () => {
      const failed = await askToSign(view, summary, note.record, asked)
      return failed === null ? '' : noteProblem(failed, t)
    })
    if (!isDone) return
    await onAsked()
    onDone()
  }
  return (
    <Card title={t('sign.ask')}>
      <form onSubmit={(event) => void ask(event)} noValidate autoComplete="off">
        <Stack gap="md">
          <Problem text={problem} />
          <NativeSelect
            label={t('sign.askMeaning')}
            value={meaning}
            onChange={(event) => change({ meaning: event.currentTarget.value })}
            data={ASKED_MEANINGS.map((value) => ({ value, label: t(`sign.askWhat.${value}`) }))}
          />
          <NativeSelect
            label={t('sign.askWho')}
            value={who}
            error={wrong === 'who' ? t('sign.askWhoMissing') : undefined}
            onChange={(event) => change({ who: event.currentTarget.value })}
            data={[
              { value: '', label: t('deed.choose') },
              ...signers.map(({ id, name }) => ({ value: id, label: name })),
              ...ROLES.filter((role) => mayDoInPractice([role], action)).map((role) => ({
                value: `role:${role}`,
                label: t('sign.askRole', { role: t(`role.${role}`) }),
              })),
            ]}
          />
          <DateField
            isDay
            id="sign-due"
            label={t('sign.askDue')}
            value={due}
            onChange={(typed) => change({ due: typed })}
            error={wrong === 'due' ? t('sign.badDue') : undefined}
          />
          <Textarea
            label={t('sign.askMessage')}
            value={message}
            {...limited(message, 2000, t)}
            onChange={(event) => change({ message: event.currentTarget.value })}
            autosize
            minRows={2}
          />
          <Button type="submit" loading={isWorking}>
            {t('sign.askSend')}
          </Button>
          <Button variant="default" onClick={onDone}>
            {t('deed.cancel')}
          </Button>
        </Stack>
      </form>
    </Card>
  )
}
