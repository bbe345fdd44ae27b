/** The strength of a passphrase that is being chosen. */
import { useTranslation } from 'react-i18next'
import { passphraseStrength, STRENGTHS } from './passphrase-strength.ts'
import styles from './strength-meter.module.css'

/** Five steps as bars and, what counts, a sentence. */
export function StrengthMeter({ passphrase }: { passphrase: string }) {
  const { t } = useTranslation()
  const strength = passphraseStrength(passphrase)
  const step = STRENGTHS.indexOf(strength) + 1
  return (
    <div className={styles.meter} data-step={step} role="status">
      <span className={styles.bars} aria-hidden="true">
        {STRENGTHS.map((name, index) => (
          <span key={name} data-on={index < step || undefined} />
        ))}
      </span>
      <span>{t(`strength.${strength}`)}</span>
    </div>
  )
}
