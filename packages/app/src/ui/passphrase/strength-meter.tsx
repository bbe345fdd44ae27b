/** The strength of a passphrase that is being chosen. */
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { passphraseBits, strengthOf, STRENGTHS, type Strength } from './passphrase-strength.ts'
import styles from './strength-meter.module.css'

/** A pause in the typing: an estimate takes some milliseconds, on a slow phone more than a keystroke. */
const PAUSE_MS = 120

/** Five steps as bars and, what counts, a sentence; nothing before something is typed and estimated. What is known of passphrases is loaded with it. */
export function StrengthMeter({ passphrase }: { passphrase: string }) {
  const { t } = useTranslation()
  const [strength, setStrength] = useState<Strength | null>(null)
  useEffect(() => {
    let isCurrent = true
    const pause = setTimeout(async () => {
      const bits = await passphraseBits(passphrase)
      if (isCurrent) setStrength(strengthOf(bits))
    }, PAUSE_MS)
    return () => {
      isCurrent = false
      clearTimeout(pause)
    }
  }, [passphrase])
  if (strength === null || passphrase === '') return null
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
