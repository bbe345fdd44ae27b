/** Why somebody does not sign: the reason is signed in place of the note. */
import { Button, Stack, Textarea } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { WithDraft } from '../../app/drafts/with-draft.tsx'
import { Card } from '../../ui/display/card.tsx'
import { useFormValues } from '../../ui/forms/form-draft.ts'
import { limited } from '../../ui/fields/limited.tsx'

const MOST = 2000

interface Props {
  /** Of the note. */
  slot: string
  isWorking: boolean
  /** Whether it was declined. */
  onDecline: (comment: string) => Promise<boolean>
  onCancel: () => void
}

export function DeclineForm(props: Props) {
  return <WithDraft slot={`decline ${props.slot}`}>{({ done }) => <Fields {...props} onDone={done} />}</WithDraft>
}

function Fields({ isWorking, onDecline, onCancel, onDone }: Props & { onDone: () => Promise<void> }) {
  const { t } = useTranslation()
  const { values, setValues } = useFormValues({ comment: '' })
  const [isMissing, setMissing] = useState(false)
  const decline = async (event: FormEvent) => {
    event.preventDefault()
    const comment = values.comment.trim()
    setMissing(comment === '')
    if (comment !== '' && (await onDecline(comment))) await onDone()
  }
  return (
    <Card title={t('sign.declineTitle')}>
      <form onSubmit={(event) => void decline(event)} noValidate autoComplete="off">
        <Stack gap="md">
          <Textarea
            label={t('sign.declineWhy')}
            value={values.comment}
            {...limited(values.comment, MOST, t, t('sign.declineHint'))}
            error={isMissing ? t('sign.declineMissing') : undefined}
            onChange={(event) => {
              const comment = event.currentTarget.value
              setValues(() => ({ comment }))
            }}
            autosize
            minRows={2}
          />
          <Button type="submit" loading={isWorking}>
            {t('sign.decline')}
          </Button>
          <Button variant="default" onClick={onCancel}>
            {t('deed.cancel')}
          </Button>
        </Stack>
      </form>
    </Card>
  )
}
