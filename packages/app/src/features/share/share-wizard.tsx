/** A new share in three steps: who (their code, words compared), what and until when, and exactly what they will see. */
import { Button } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { addressOf } from '../../app/addresses.ts'
import { useChart } from '../../app/app-context.tsx'
import { Screen } from '../../app/screen.tsx'
import { PRESETS } from '../../app/people/scopes.ts'
import { HOUR, localMinute } from '../../ui/date-entry.ts'
import { Check } from './share-check.tsx'
import type { Draft, Recipient } from './share-draft.ts'
import { What } from './share-what.tsx'
import { Who } from '../../app/people/who.tsx'
import styles from '../../app/people/share.module.css'

const STEPS = 3

/** What is chosen stays when the person goes a step back. */
export function ShareWizard() {
  const { t } = useTranslation()
  const { summary } = useChart()
  const [step, setStep] = useState(1)
  const [recipients, setRecipients] = useState<Recipient[]>([])
  const [draft, setDraft] = useState<Draft>({
    preset: 'presetVisit',
    collections: [...PRESETS.presetVisit],
    rights: ['read'],
    from: 'all',
    until: localMinute(Date.now() + 48 * HOUR),
    purpose: '',
  })
  return (
    <Screen word="share" focusKey={`new ${step}`}>
      <div className={styles.wizard}>
        <p>
          <a className="ck-alone" href={addressOf('share', summary.slot)}>
            {t('deed.backTo', { place: t('screen.share') })}
          </a>
        </p>
        <p className={styles.step}>
          {summary.name} · {t('share.step', { n: step, all: STEPS })}
        </p>
        <h1 tabIndex={-1} id="screen-title">
          {step === 1 ? t('share.stepWho') : step === 2 ? t('share.stepWhat') : t('share.stepCheck')}
        </h1>
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
      </div>
    </Screen>
  )
}
