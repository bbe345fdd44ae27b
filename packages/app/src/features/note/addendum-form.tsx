/** An addendum: the note stays as it is, and what is added is signed at once. */
import { Button, Stack, Textarea } from '@mantine/core'
import { signingRoles } from '@chartkeep/domain'
import type { ChartRecord } from '@chartkeep/sync'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { addAddendum } from '../../app/care/notes/note-actions.ts'
import { noteProblem } from '../../app/care/notes/note-words.ts'
import type { CareNote } from '../../app/care/notes/notes.ts'
import { usePractice } from '../../app/practice/practice-context.tsx'
import { rolesText } from '../../app/practice/roles-text.ts'
import { WithDraft } from '../../app/drafts/with-draft.tsx'
import { useAction } from '../../app/actions/use-action.ts'
import { Card } from '../../ui/display/card.tsx'
import { useFormValues } from '../../ui/forms/form-draft.ts'
import { Problem } from '../../ui/display/status-mark.tsx'

interface Props {
  note: CareNote
  onDone: () => void
  onCancel: () => void
}

export function AddendumForm(props: Props) {
  return (
    <WithDraft slot={`addendum.${props.note.record.doc}`}>
      {({ done }) => <Fields {...props} onSaved={done} />}
    </WithDraft>
  )
}

function Fields({ note, onDone, onCancel, onSaved }: Props & { onSaved: () => Promise<void> }) {
  const { t } = useTranslation()
  const view = usePractice()
  const { me } = view.practice
  const { values, setValues } = useFormValues({ text: '' })
  const [isMissing, setMissing] = useState(false)
  const { isWorking, problem, run } = useAction()
  /** Saved under this text, and not signed yet. */
  const [written, setWritten] = useState<{ text: string; record: ChartRecord } | null>(null)
  const save = async (event: FormEvent) => {
    event.preventDefault()
    setMissing(values.text.trim() === '')
    if (values.text.trim() === '') return
    const isDone = await run(async () => {
      const before = written?.text === values.text ? written.record : null
      const { saved, problem: failed } = await addAddendum(view, note, values.text, before)
      setWritten(saved === null || failed === null ? null : { text: values.text, record: saved })
      if (failed === null) await onSaved()
      return failed === null ? '' : noteProblem(failed, t)
    })
    if (isDone) onDone()
  }
  return (
    <Card title={t('note.addAddendum')}>
      <form onSubmit={(event) => void save(event)} noValidate autoComplete="off">
        <Stack gap="md">
          <Problem text={problem} />
          <Textarea
            label={t('note.addendumText')}
            description={t('note.addendumHint')}
            value={values.text}
            error={isMissing ? t('note.addendumMissing') : undefined}
            onChange={(event) => {
              const text = event.currentTarget.value
              setValues(() => ({ text }))
            }}
            autosize
            minRows={3}
          />
          <Button type="submit" loading={isWorking}>
            {t('note.addendumSign', { name: me.name, roles: rolesText(signingRoles(me.roles), t) })}
          </Button>
          <Button variant="default" onClick={onCancel}>
            {t('deed.cancel')}
          </Button>
        </Stack>
      </form>
    </Card>
  )
}
