/** A deed about the holders of a chart: a button, one honest question, and in words what came of it. */
import { Button } from '@mantine/core'
import type { OwnerOutcome } from '@chartkeep/sync'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Question } from '../../ui/dialogs/question.tsx'

/** Why a deed did not come about, '' where it did. */
export function useProblemText(): (outcome: OwnerOutcome, name: string) => string {
  const { t } = useTranslation()
  return (outcome, name) => {
    switch (outcome.type) {
      case 'done':
      case 'pending':
        return ''
      case 'offline':
        return t('people.offline')
      case 'waiting':
        return t('people.leaveWaiting', { count: outcome.count })
      case 'last-holder':
        return t('people.last')
      case 'refused':
        if (outcome.error === 'grantee-keys') return t('people.changedKeys', { name })
        if (outcome.error === 'too-early') return t('people.tooEarly')
        if (outcome.error === 'no-offer') return t('people.noOffer')
        if (outcome.error.startsWith('account-')) return t('share.changed', { name })
        return `${t('people.refused')} ${t('error.code', { code: outcome.error })}`
    }
  }
}

/** `go`: the word on the button that does it, where it says more than the one that asks. */
export function HolderAction({
  action,
  text,
  go = action,
  stay,
  name,
  isFirst = false,
  run,
}: {
  action: string
  text: string
  go?: string
  stay?: string
  name: string
  isFirst?: boolean
  run: () => Promise<OwnerOutcome>
}) {
  const { t } = useTranslation()
  const problemText = useProblemText()
  const [isAsking, setAsking] = useState(false)
  const [isWorking, setWorking] = useState(false)
  const [problem, setProblem] = useState('')
  const act = async () => {
    setWorking(true)
    setProblem('')
    try {
      const refused = problemText(await run(), name)
      setProblem(refused)
      if (refused === '') setAsking(false)
    } catch {
      // A full disk, or a session that was locked meanwhile: look before asking again.
      setProblem(t('people.failed'))
    } finally {
      setWorking(false)
    }
  }
  return (
    <>
      <Button variant={isFirst ? 'filled' : 'default'} onClick={() => setAsking(true)}>
        {action}
      </Button>
      <Question
        isOpen={isAsking}
        title={action}
        problem={problem}
        stay={stay ?? t('deed.notNow')}
        go={go}
        isWorking={isWorking}
        onStay={() => setAsking(false)}
        onGo={() => void act()}
      >
        <p>{text}</p>
      </Question>
    </>
  )
}
