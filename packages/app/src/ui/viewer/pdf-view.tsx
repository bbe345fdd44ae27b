/** A PDF: pages under one another, drawn by a worker when they come into view and dropped when they are gone, each with its text for those who listen or copy. */
import { Button, PasswordInput } from '@mantine/core'
import { type ReactNode, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Banner } from '../display/status-mark.tsx'
import { openPdf, type OpenedPdf } from './pdf-document.ts'
import { PdfPages } from './pdf-pages.tsx'
import styles from './viewer.module.css'

/** `broken` is shown if the bytes are not a readable PDF. */
export function PdfView({ bytes, name, broken }: { bytes: Uint8Array; name: string; broken: ReactNode }) {
  const { t } = useTranslation()
  const [opened, setOpened] = useState<OpenedPdf | null>(null)
  const [password, setPassword] = useState<string | null>(null)
  useEffect(() => {
    let isGone = false
    let close = () => {}
    void openPdf(bytes, password).then((result) => {
      if (result.type === 'open') close = result.close
      if (isGone) close()
      else setOpened(result)
    })
    return () => {
      isGone = true
      close()
    }
  }, [bytes, password])
  if (opened === null)
    return (
      <p role="status" aria-busy="true">
        {t('viewer.loading')}
      </p>
    )
  switch (opened.type) {
    case 'open':
      return <PdfPages document={opened.document} name={name} />
    case 'locked':
      return <PdfPassword isWrong={opened.isWrong} onPassword={setPassword} />
    case 'broken':
      return broken
  }
}

function PdfPassword({ isWrong, onPassword }: { isWrong: boolean; onPassword: (password: string) => void }) {
  const { t } = useTranslation()
  const [typed, setTyped] = useState('')
  return (
    <form
      className={styles.password}
      onSubmit={(event) => {
        event.preventDefault()
        onPassword(typed)
      }}
    >
      <p>{t('viewer.password')}</p>
      {isWrong ? (
        <Banner status="attention" urgent>
          {t('viewer.passwordWrong')}
        </Banner>
      ) : null}
      <PasswordInput
        label={t('viewer.passwordField')}
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
        autoComplete="off"
      />
      <Button type="submit" disabled={typed === ''}>
        {t('viewer.passwordOpen')}
      </Button>
    </form>
  )
}
