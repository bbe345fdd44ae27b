/** The server of a new account, one line until somebody opens it: most people never need to know the word. */
import { Checkbox, Stack, TextInput } from '@mantine/core'
import { IconServer2 } from '@tabler/icons-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useApp } from '../../app/context/app-context.tsx'
import styles from './start.module.css'

/** `server`: an address, '' for none yet, null where the account shall have none. Reported when the field is left. */
export function ServerChoice({
  server,
  onChange,
}: {
  server: string | null
  onChange: (server: string | null) => void
}) {
  const { t } = useTranslation()
  const { platform } = useApp()
  const [typed, setTyped] = useState(server ?? '')
  const said =
    server === null || server === ''
      ? t('welcome.serverNone')
      : server === platform.ownServer
        ? t('welcome.serverMore')
        : t('welcome.serverOther', { address: server })
  return (
    <details className={styles.server}>
      <summary>
        <IconServer2 size={20} aria-hidden="true" />
        {said}
      </summary>
      <Stack gap="md" pb="md">
        <TextInput
          label={t('welcome.serverLabel')}
          description={t('welcome.serverHint')}
          type="url"
          value={typed}
          disabled={server === null}
          onChange={(event) => setTyped(event.currentTarget.value)}
          onBlur={() => onChange(typed.trim())}
          autoComplete="off"
        />
        {platform.canWorkWithoutServer ? (
          <Checkbox
            label={t('welcome.noServer')}
            checked={server === null}
            onChange={(event) => onChange(event.currentTarget.checked ? null : typed.trim())}
          />
        ) : null}
      </Stack>
    </details>
  )
}
