/** Leave whenever you like: everything in open formats, with a question first, for what comes out is not protected. */
import { Button, Stack } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useApp, useSession } from '../../app/context/app-context.tsx'
import { Card } from '../../ui/display/card.tsx'
import { Question } from '../../ui/dialogs/question.tsx'
import { Banner } from '../../ui/display/status-mark.tsx'
import { leave, type LeaveOutcome } from './leave-run.ts'

export function LeaveCard() {
  const { t } = useTranslation()
  const { platform } = useApp()
  const session = useSession()
  const [isAsking, setAsking] = useState(false)
  const [done, setDone] = useState<number | null>(null)
  const [outcome, setOutcome] = useState<LeaveOutcome | null>(null)
  const stop = useRef<AbortController | null>(null)
  useEffect(() => () => stop.current?.abort(), [])
  const go = async () => {
    setAsking(false)
    setOutcome(null)
    setDone(0)
    const control = new AbortController()
    stop.current = control
    const left = await leave({ session, platform }, control.signal, setDone)
    stop.current = null
    setDone(null)
    setOutcome(left)
  }
  return (
    <Card title={t('leave.title')}>
      <Stack gap="md">
        <p>{t('leave.what')}</p>
        <div role="status">
          {done !== null ? <p>{t('leave.working', { count: done })}</p> : outcome ? <Left outcome={outcome} /> : null}
        </div>
        {done !== null ? (
          <Button variant="default" onClick={() => stop.current?.abort()}>
            {t('backup.stop')}
          </Button>
        ) : (
          <Button variant="default" onClick={() => setAsking(true)}>
            {t('leave.ask')}
          </Button>
        )}
      </Stack>
      <Question
        isOpen={isAsking}
        title={t('leave.sure')}
        problem=""
        stay={t('leave.stay')}
        go={t('leave.go')}
        isWorking={false}
        onStay={() => setAsking(false)}
        onGo={() => void go()}
      >
        <p>{t('leave.warning')}</p>
      </Question>
    </Card>
  )
}

function Left({ outcome }: { outcome: LeaveOutcome }) {
  const { t } = useTranslation()
  switch (outcome.type) {
    case 'done':
      return (
        <Stack gap="sm">
          <Banner status="attention">{t('leave.done', { records: outcome.records, files: outcome.files })}</Banner>
          {outcome.missing > 0 ? (
            <Banner status="attention">{t('leave.missing', { count: outcome.missing })}</Banner>
          ) : null}
        </Stack>
      )
    case 'not-picked':
    case 'stopped':
      return <Banner status="info">{t('leave.stopped')}</Banner>
    case 'failed':
      return (
        <Banner status="danger">
          {t('leave.failed')} {t('error.code', { code: outcome.why })}
        </Banner>
      )
  }
}
