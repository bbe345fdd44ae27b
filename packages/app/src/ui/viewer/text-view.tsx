/** A file's text unchanged, a few thousand lines at a time, so that a long text does not block the page. */
import { Button } from '@mantine/core'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import styles from './viewer.module.css'

const LINES = 1500
/** A file without line breaks is one line of any length: longer ones are cut into pieces. */
const LONGEST_LINE = 4000

export function TextView({ text, name }: { text: string; name: string }) {
  const { t } = useTranslation()
  const lines = useMemo(() => linesOf(text), [text])
  const [shown, setShown] = useState(LINES)
  return (
    <>
      <p className={styles.facts}>
        {shown < lines.length
          ? t('viewer.linesOf', { shown, all: lines.length })
          : t('viewer.textShown', { count: lines.length })}
      </p>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reached by keyboard */}
      <pre className={styles.text} tabIndex={0} role="region" aria-label={name} translate="no">
        {lines.slice(0, shown).join('\n')}
      </pre>
      {shown < lines.length ? (
        <Button variant="default" onClick={() => setShown(shown + LINES)}>
          {t('viewer.moreLines')}
        </Button>
      ) : null}
    </>
  )
}

function linesOf(text: string): string[] {
  return text
    .split(/\r\n|\r|\n/u)
    .flatMap((line) => (line.length <= LONGEST_LINE ? [line] : (line.match(/[^]{1,4000}/gu) ?? [])))
}
