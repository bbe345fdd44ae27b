/** The four words of a new account: suggested ones, or a person's own, typed once more before the account exists. */
import { Button, Group } from '@mantine/core'
import { IconRefresh } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { PassphraseField } from '../../ui/passphrase/passphrase-field.tsx'
import styles from './start.module.css'

/** `own`: null while the suggested words are used. */
export function WordsChoice({
  suggested,
  own,
  again,
  errorOf,
  onSuggest,
  onOwn,
  onAgain,
}: {
  suggested: string
  own: string | null
  again: string
  errorOf: (field: string) => ReactNode
  onSuggest: () => void
  onOwn: (own: string | null) => void
  onAgain: (again: string) => void
}) {
  const { t } = useTranslation()
  return (
    <>
      <div>
        {own === null ? (
          <>
            <p className={styles.label} id="suggested-label">
              {t('passphrase.label')}
            </p>
            <p className={styles.hint}>{t('create.wordsHint')}</p>
            <output
              className={styles.words}
              aria-labelledby="suggested-label"
              lang="en"
              translate="no"
              data-testid="suggested-passphrase"
            >
              {suggested.split(' ').map((word, index) => (
                <span key={index}>
                  {index > 0 ? ' ' : ''}
                  {word}
                </span>
              ))}
            </output>
          </>
        ) : (
          <PassphraseField
            id="passphrase"
            description={t('create.wordsHint')}
            value={own}
            onChange={onOwn}
            isNew
            error={errorOf('passphrase')}
          />
        )}
        <Group gap="xs" mt="xs">
          {own === null ? (
            <Button
              variant="subtle"
              px="xs"
              leftSection={<IconRefresh size={20} aria-hidden="true" />}
              onClick={onSuggest}
            >
              {t('create.another')}
            </Button>
          ) : null}
          <Button variant="subtle" px="xs" onClick={() => onOwn(own === null ? '' : null)}>
            {own === null ? t('create.own') : t('create.useSuggested')}
          </Button>
        </Group>
      </div>
      <PassphraseField
        // Suggested words are on the screen already: there is nobody to hide their copy from.
        key={own === null ? 'suggested' : 'own'}
        id="again"
        label={t('create.again')}
        value={again}
        onChange={onAgain}
        isAgain
        isShown={own === null}
        error={errorOf('again')}
      />
    </>
  )
}
