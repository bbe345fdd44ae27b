/** A new share in three steps: who (their code, words compared), what and until when, and exactly what they will see. */
import { Button } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useParams } from 'react-router'
import { addressOf } from '../../app/place/addresses.ts'
import { useChart } from '../../app/context/app-context.tsx'
import { PRESETS } from '../../app/people/scopes.ts'
import { HOUR, localMinute } from '../../ui/fields/date-entry.ts'
import { Check } from './share-check.tsx'
import type { Draft, Recipient } from './share-draft.ts'
import { What } from './share-what.tsx'
import { Who } from '../../app/people/who.tsx'
import { Wizard } from '../../app/people/wizard.tsx'

const STEPS = 3

/** What is chosen stays when the person goes a step back. */
export function ShareWizard() {
  const { t } = useTranslation()
  const { slot } = useParams()
  const { summary, slots } = useChart()
  // Opened from something that nobody could answer: the list that it stands in, with the right to write there.
  const wanted = slots.targetOf(slot)
  const list = wanted?.type === 'list' ? wanted.collection : null
  const [step, setStep] = useState(1)
  const [recipients, setRecipients] = useState<Recipient[]>([])
  const [draft, setDraft] = useState<Draft>({
    ...(list === null
      ? { preset: 'presetVisit', collections: [...PRESETS.presetVisit], rights: ['read'] }
      : { preset: 'presetChoose', collections: [list], rights: ['read', 'append'] }),
    from: 'all',
    until: localMinute(Date.now() + 48 * HOUR),
    purpose: '',
  })
  return (
    <Wizard
      name="new"
      back={{ href: addressOf('share', summary.slot), place: t('screen.share') }}
      step={step}
      all={STEPS}
      title={step === 1 ? t('share.stepWho') : step === 2 ? t('share.stepWhat') : t('share.stepCheck')}
    >
      {step === 1 ? (
        <>
          <Who
            grantee={null}
            onDone={(grantee) => {
              const others = recipients.filter((other) => other.grantee.account !== grantee.account)
              setRecipients([...others, { grantee, role: null }])
              setStep(2)
            }}
          />
          {recipients.length > 0 ? (
            <Button variant="default" mt="md" onClick={() => setStep(2)}>
              {t('share.addNobody')}
            </Button>
          ) : null}
        </>
      ) : step === 2 ? (
        <What
          recipients={recipients}
          onRecipients={setRecipients}
          draft={draft}
          onAdd={(changed) => {
            setDraft(changed)
            setStep(1)
          }}
          onDone={(changed) => {
            setDraft(changed)
            setStep(3)
          }}
        />
      ) : (
        <Check recipients={recipients} draft={draft} onBack={() => setStep(2)} />
      )}
    </Wizard>
  )
}
