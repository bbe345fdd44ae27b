/** The server lost data (S9), or is another one (S10): what happened, how far its refill is, what a person can do; and, once it is whole again, that it was so. */
import { Button, Progress, Stack } from '@mantine/core'
import type { ServerLoss } from '@chartkeep/sync'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useSession } from '../../app/context/app-context.tsx'
import { ActionButton } from '../../app/actions/action-button.tsx'
import { formatMoment } from '../../i18n/dates.ts'
import { currentLanguage } from '../../i18n/index.ts'
import { Question } from '../../ui/dialogs/question.tsx'
import { Banner } from '../../ui/display/status-mark.tsx'

export function LossBanner({ loss }: { loss: ServerLoss }) {
  const { t } = useTranslation()
  const session = useSession()
  const [isAsking, setAsking] = useState(false)
  const when = formatMoment(new Date(loss.since), currentLanguage())
  if (loss.whole)
    return (
      <Banner
        status="info"
        title={loss.isMove ? t('loss.movedTitle') : t('loss.wholeTitle')}
        action={<ActionButton action={t('loss.read')} run={() => session.acknowledgeLoss()} />}
      >
        {loss.isMove ? t('loss.moved') : t('loss.whole', { time: when })}
      </Banner>
    )
  return (
    <>
      <Banner
        status="attention"
        title={loss.isMove ? t('loss.moveTitle') : t('loss.title')}
        action={
          loss.devices > 0 && loss.all === 0 ? (
            <Button variant="default" onClick={() => setAsking(true)}>
              {t('loss.goOn')}
            </Button>
          ) : null
        }
      >
        <Stack gap="xs">
          <span>{loss.isMove ? t('loss.moveWhat') : t('loss.what', { time: when })}</span>
          {loss.all > 0 ? (
            <>
              <span>{t('loss.progress', { done: loss.done, all: loss.all })}</span>
              <Progress value={(100 * loss.done) / loss.all} aria-label={t('loss.progressLabel')} />
            </>
          ) : (
            <span>{loss.devices > 0 ? t('loss.devices', { count: loss.devices }) : t('loss.others')}</span>
          )}
        </Stack>
      </Banner>
      <GoOn isOpen={isAsking} onClose={() => setAsking(false)} />
    </>
  )
}

/** What it means to go on is said before it is done: nothing is lost, but some of it comes later, or from nobody. */
function GoOn({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const { t } = useTranslation()
  const session = useSession()
  const [problem, setProblem] = useState('')
  const [isWorking, setWorking] = useState(false)
  const goOn = async () => {
    setWorking(true)
    const outcome = await session.continueAfterLoss()
    setWorking(false)
    if (outcome.type === 'done') return onClose()
    setProblem(outcome.type === 'offline' ? t('loss.offline') : t('loss.refused'))
  }
  return (
    <Question
      isOpen={isOpen}
      title={t('loss.goOnTitle')}
      problem={problem}
      stay={t('deed.cancel')}
      go={t('loss.goOn')}
      isWorking={isWorking}
      onStay={onClose}
      onGo={() => void goOn()}
    >
      <ul>
        <li>{t('loss.goOnWhat')}</li>
        <li>{t('loss.goOnLater')}</li>
        <li>{t('loss.goOnLost')}</li>
      </ul>
    </Question>
  )
}
