/** A new share in three steps: who (their code, words compared), what and until when, and exactly what they will see. */
import type { Grantee } from '@chartkeep/sync'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { addressOf } from '../../app/addresses.ts'
import { useChart } from '../../app/app-context.tsx'
import { Screen } from '../../app/screen.tsx'
import { localMinute, PRESETS } from './scopes.ts'
import { Check } from './share-check.tsx'
import { type Draft, HOUR } from './share-draft.ts'
import { What } from './share-what.tsx'
import { Who } from './share-who.tsx'
import styles from './share.module.css'

const STEPS = 3

/** What is chosen stays when the person goes a step back. */
export function ShareWizard() {
  const { t } = useTranslation()
  const { summary } = useChart()
  const [step, setStep] = useState(1)
  const [grantee, setGrantee] = useState<Grantee | null>(null)
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
          <Who
            grantee={grantee}
            onDone={(chosen) => {
              setGrantee(chosen)
              setStep(2)
            }}
          />
        ) : step === 2 && grantee ? (
          <What
            grantee={grantee}
            draft={draft}
            onBack={() => setStep(1)}
            onDone={(changed) => {
              setDraft(changed)
              setStep(3)
            }}
          />
        ) : grantee ? (
          <Check grantee={grantee} draft={draft} onBack={() => setStep(2)} />
        ) : null}
      </div>
    </Screen>
  )
}
