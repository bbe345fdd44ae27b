/** A passphrase field with reveal, Caps Lock warning and, where one is chosen, its strength in words. Paste is allowed. */
import { PasswordInput } from '@mantine/core'
import { type KeyboardEvent, type ReactNode, Suspense, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { lazyPart } from '../display/lazy-part.ts'
import styles from './passphrase-field.module.css'

/** Knows a list of words, of which who unlocks needs none. */
const StrengthMeter = lazyPart(
  () => import('./strength-meter.tsx'),
  (part) => part.StrengthMeter,
)

/** `isNew` shows the strength and tells password managers to offer one; `isAgain`: the same once more. `isPin`: digits, with the digits' keyboard. */
export function PassphraseField({
  id,
  label,
  description,
  value,
  onChange,
  error,
  isNew = false,
  isAgain = false,
  isPin = false,
  isShown = false,
  autoFocus = false,
}: {
  id: string
  label?: string
  description?: ReactNode
  value: string
  onChange: (value: string) => void
  error?: ReactNode
  isNew?: boolean
  isAgain?: boolean
  isPin?: boolean
  /** In the clear from the beginning, where the same words are on the screen anyway. */
  isShown?: boolean
  autoFocus?: boolean
}) {
  const { t } = useTranslation()
  const [isVisible, setVisible] = useState(false)
  const [hasCaps, setCaps] = useState(false)
  // Hidden at first all the same: only a field that once hid its text is one that a password manager offers to save.
  useEffect(() => setVisible(isShown), [isShown])
  const watchCaps = (event: KeyboardEvent) => setCaps(event.getModifierState?.('CapsLock') ?? false)
  return (
    <div>
      <PasswordInput
        id={id}
        label={label ?? (isPin ? t('unlock.pin') : t('passphrase.label'))}
        inputMode={isPin ? 'numeric' : undefined}
        description={description}
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
        onKeyUp={watchCaps}
        error={error}
        // Mantine sets this on every other field itself.
        aria-invalid={error ? true : undefined}
        visible={isVisible}
        onVisibilityChange={setVisible}
        visibilityToggleButtonProps={{
          'aria-label': isVisible ? t('passphrase.hide') : t('passphrase.show'),
          tabIndex: 0,
        }}
        autoComplete={isNew || isAgain ? 'new-password' : 'current-password'}
        autoCapitalize="none"
        spellCheck={false}
        autoFocus={autoFocus}
      />
      {hasCaps ? <p className={styles.caps}>{t('passphrase.caps')}</p> : null}
      {isNew && !isPin ? (
        <Suspense fallback={null}>
          <StrengthMeter passphrase={value} />
        </Suspense>
      ) : null}
    </div>
  )
}
