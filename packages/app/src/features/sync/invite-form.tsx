/** The invitation code for a server that asks for one (H2). */
import { Button, Stack, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useSession } from '../../app/context/app-context.tsx'
import { Card } from '../../ui/display/card.tsx'

export function InviteForm() {
  const { t } = useTranslation()
  const session = useSession()
  const [code, setCode] = useState('')
  const [problem, setProblem] = useState('')
  const [isBusy, setBusy] = useState(false)
  const [isDone, setDone] = useState(false)
  const send = async (event: FormEvent) => {
    event.preventDefault()
    setBusy(true)
    setProblem('')
    try {
      const answer = await session.useInvite(code)
      setDone(answer.type === 'done')
      if (answer.type === 'bad-code') setProblem(t('sync.inviteBad'))
      if (answer.type === 'refused') setProblem(t('sync.inviteRefused'))
      if (answer.type === 'offline') setProblem(t('sync.inviteOffline'))
    } finally {
      setBusy(false)
    }
  }
  return (
    <Card title={t('sync.inviteCard')}>
      <form onSubmit={(event) => void send(event)} noValidate autoComplete="off">
        <Stack gap="md" align="flex-start">
          <TextInput
            label={t('sync.inviteTitle')}
            description={t('sync.inviteHint')}
            value={code}
            error={problem || undefined}
            onChange={(event) => setCode(event.currentTarget.value)}
            autoComplete="off"
            autoCapitalize="characters"
            spellCheck={false}
          />
          <Button type="submit" loading={isBusy}>
            {t('sync.inviteGo')}
          </Button>
          <p role="status">{isDone ? t('sync.inviteDone') : ''}</p>
        </Stack>
      </form>
    </Card>
  )
}
