/** A text that a person reads whole: a long one shows its beginning, and the rest on request. On paper it is complete. */
import { UnstyledButton } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import styles from './folded-text.module.css'

/** Longer ones are folded: some ten lines of a phone. */
const LETTERS = 600
const LINES = 12

/** Short texts are rendered unchanged, without an element of their own. */
export function FoldedText({ text }: { text: string }) {
  const { t } = useTranslation()
  const [isOpen, setOpen] = useState(false)
  if (text.length <= LETTERS && text.split('\n', LINES + 1).length <= LINES) return <>{text}</>
  return (
    <span className={styles.long}>
      <span className={styles.text} data-folded={isOpen ? undefined : 'true'}>
        {text}
      </span>
      <UnstyledButton
        className={`${styles.more} ck-screen-only`}
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
      >
        {isOpen ? t('longText.less') : t('longText.all', { count: text.length })}
      </UnstyledButton>
    </span>
  )
}
