/** The passphrase of a new account: four suggested words, or words of one's own, typed once more. The account is made here. */
import { Button, Group, Stack } from '@mantine/core'
import type { Session } from '@chartkeep/sync'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ErrorSummary } from '../../ui/fields/error-summary.tsx'
import { useFieldErrors } from '../../ui/fields/use-field-errors.ts'
import { PassphraseField } from '../../ui/passphrase/passphrase-field.tsx'
import { isPassphraseStrongEnough } from '../../ui/passphrase/passphrase-strength.ts'
import { suggestPassphrase } from '../../ui/passphrase/passphrase-words.ts'
import styles from './start.module.css'

/** `make` makes the account with the passphrase that was chosen. */
export function CreatePassphrase({
  make,
  onBack,
  onMade,
}: {
  make: (passphrase: string) => Promise<{ session: Session; recoveryCode: string }>
  onBack: () => void
  onMade: (made: { session: Session; recoveryCode: string }) => void
}) {
  const { t } = useTranslation()
  const [suggested, setSuggested] = useState(() => suggestPassphrase())
  const [isOwn, setOwn] = useState(false)
  const [own, setOwn1] = useState('')
  const [again, setAgain] = useState('')
  const { errors, attempt, errorOf, refuse } = useFieldErrors()
  const [isMaking, setMaking] = useState(false)
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    const found = [
      ...(isOwn && !(await isPassphraseStrongEnough(own))
        ? [{ field: 'passphrase', message: t('create.tooWeak') }]
        : []),
      ...((isOwn ? own : suggested) !== again.trim() && (isOwn || tidy(again) !== suggested)
        ? [{ field: 'again', message: t('create.differs') }]
        : []),
    ]
    if (refuse(found)) return
    setMaking(true)
    try {
      onMade(await make(isOwn ? own : suggested))
    } finally {
      setMaking(false)
    }
  }
  return (
    <form onSubmit={(event) => void submit(event)} noValidate>
      <ErrorSummary errors={errors} attempt={attempt} />
      <p>{t('create.passphraseIntro')}</p>
      <Stack gap="lg" mt="md">
        {isOwn ? (
          <PassphraseField id="passphrase" value={own} onChange={setOwn1} isNew error={errorOf('passphrase')} />
        ) : (
          <div className={styles.suggested}>
            <p id="suggested-label">{t('create.suggested')}</p>
            <output aria-labelledby="suggested-label" lang="en" translate="no" data-testid="suggested-passphrase">
              {suggested}
            </output>
          </div>
        )}
        <Group gap="sm">
          {isOwn ? null : (
            <Button variant="default" onClick={() => setSuggested(suggestPassphrase())}>
              {t('create.another')}
            </Button>
          )}
          <Button variant="subtle" onClick={() => setOwn(!isOwn)}>
            {isOwn ? t('create.useSuggested') : t('create.own')}
          </Button>
        </Group>
        <PassphraseField
          id="again"
          label={t('create.again')}
          value={again}
          onChange={setAgain}
          isAgain
          error={errorOf('again')}
        />
        <Button type="submit" loading={isMaking}>
          {t('deed.continue')}
        </Button>
        <Button variant="subtle" onClick={onBack} disabled={isMaking}>
          {t('deed.back')}
        </Button>
        <p role="status">{isMaking ? t('create.making') : ''}</p>
      </Stack>
    </form>
  )
}

/** Suggested words are compared without regard to spaces and capitals at the ends of a copy. */
function tidy(text: string): string {
  return text.trim().toLowerCase().replaceAll(/\s+/gu, ' ')
}
