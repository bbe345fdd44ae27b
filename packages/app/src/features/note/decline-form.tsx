/** Why somebody does not sign: the reason is signed in place of the note. */
import { Button, Stack, Textarea } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Card } from '../../ui/card.tsx'

const MOST = 2000

export function DeclineForm({
  isWorking,
  onDecline,
  onCancel,
}: {
  isWorking: boolean
  onDecline: (comment: string) => void
  onCancel: () => void
}) {
  const { t } = useTranslation()
  const [comment, setComment] = useState('')
  const [isMissing, setMissing] = useState(false)
  const decline = () => {
    setMissing(comment.trim() === '')
    if (comment.trim() !== '') onDecline(comment.trim())
  }
  return (
    <Card title={t('sign.declineTitle')}>
      <Stack gap="md">
        <Textarea
          label={t('sign.declineWhy')}
          description={t('sign.declineHint')}
          value={comment}
          maxLength={MOST}
          error={isMissing ? t('sign.declineMissing') : undefined}
          onChange={(event) => setComment(event.currentTarget.value)}
          autosize
          minRows={2}
        />
        <Button onClick={decline} loading={isWorking}>
          {t('sign.decline')}
        </Button>
        <Button variant="default" onClick={onCancel}>
          {t('deed.cancel')}
        </Button>
      </Stack>
    </Card>
  )
}
