/** A device that came from a backup enters its account by the recovery kit (K7, K11). */
import { Button, Stack } from '@mantine/core'
import type { JoinRefusal } from '@chartkeep/sync'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useSession } from '../../app/context/app-context.tsx'
import { Card } from '../../ui/display/card.tsx'
import { Problem } from '../../ui/display/status-mark.tsx'
import { KitCodeField } from '../../app/enrol/kit-code-field.tsx'

export function JoinCard({ onJoined }: { onJoined: () => void }) {
  const { t } = useTranslation()
  const session = useSession()
  const [code, setCode] = useState('')
  const [isWorking, setWorking] = useState(false)
  const [refusal, setRefusal] = useState<JoinRefusal | null>(null)
  const join = async (event: FormEvent) => {
    event.preventDefault()
    setWorking(true)
    setRefusal(null)
    try {
      const outcome = await session.join(code)
      if (outcome.type === 'done') return onJoined()
      setRefusal(outcome)
    } finally {
      setWorking(false)
    }
  }
  const why = (() => {
    switch (refusal?.type) {
      case undefined:
        return ''
      case 'wrong-code':
        return t('restore.bad')
      case 'other-kit':
        return t('backup.otherKit')
      case 'offline':
        return t('backup.joinOffline')
      case 'refused':
        return `${t('backup.joinRefused')} ${t('error.code', { code: refusal.error })}`
    }
  })()
  const isCodeWrong = refusal?.type === 'wrong-code' || refusal?.type === 'other-kit'
  return (
    <Card title={t('backup.joinTitle')}>
      <form onSubmit={(event) => void join(event)} noValidate>
        <Stack gap="md">
          <p>{t('sync.join')}</p>
          <p>{t('backup.joinOther')}</p>
          <Problem text={isCodeWrong ? '' : why} />
          <KitCodeField id="join-code" value={code} error={isCodeWrong ? why : undefined} onChange={setCode} />
          <Button type="submit" loading={isWorking}>
            {t('backup.joinGo')}
          </Button>
        </Stack>
      </form>
    </Card>
  )
}
