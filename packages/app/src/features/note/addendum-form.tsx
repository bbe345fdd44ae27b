/** An addendum: the note stays as it is, and what is added is signed at once. */
import { Button, Stack, Textarea } from '@mantine/core'
import { signingRoles } from '@chartkeep/domain'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { addAddendum } from '../../app/care/note-deeds.ts'
import { noteProblem } from '../../app/care/note-words.ts'
import type { CareNote } from '../../app/care/notes.ts'
import { usePractice } from '../../app/care/practice-context.tsx'
import { rolesText } from '../../app/care/roles-text.ts'
import { useDraft } from '../../app/session/use-draft.ts'
import { Card } from '../../ui/card.tsx'
import { FormDraftContext, useFormValues } from '../../ui/forms/form-draft.ts'
import { Banner } from '../../ui/status-mark.tsx'

interface Props {
  note: CareNote
  onDone: () => void
  onCancel: () => void
}

export function AddendumForm(props: Props) {
  const draft = useDraft(`addendum.${props.note.record.doc}`, null)
  return (
    <FormDraftContext value={draft.form}>
      <Fields key={draft.round} {...props} onSaved={() => draft.done()} />
    </FormDraftContext>
  )
}

function Fields({ note, onDone, onCancel, onSaved }: Props & { onSaved: () => Promise<void> }) {
  const { t } = useTranslation()
  const view = usePractice()
  const { me } = view.practice
  const { values, setValues } = useFormValues({ text: '' })
  const [problem, setProblem] = useState('')
  const [isWorking, setWorking] = useState(false)
  const save = async () => {
    if (values.text.trim() === '') return setProblem(t('note.addendumMissing'))
    setWorking(true)
    const failed = await addAddendum(view, note, values.text)
    setWorking(false)
    if (failed !== null) return setProblem(noteProblem(failed, t))
    await onSaved()
    onDone()
  }
  return (
    <Card title={t('note.addAddendum')}>
      <Stack gap="md">
        {problem === '' ? null : (
          <Banner status="attention" urgent>
            {problem}
          </Banner>
        )}
        <Textarea
          label={t('note.addendumText')}
          description={t('note.addendumHint')}
          value={values.text}
          onChange={(event) => {
            const text = event.currentTarget.value
            setValues(() => ({ text }))
          }}
          autosize
          minRows={3}
        />
        <Button onClick={() => void save()} loading={isWorking}>
          {t('note.addendumSign', { name: me.name, roles: rolesText(signingRoles(me.roles), t) })}
        </Button>
        <Button variant="default" onClick={onCancel}>
          {t('deed.cancel')}
        </Button>
      </Stack>
    </Card>
  )
}
