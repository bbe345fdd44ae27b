/** What an account is called on the unlock screen until the person says otherwise: in the language of the screen, and as no other one there. */
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useApp } from '../context/app-context.tsx'

export function useUsualLabel(): string {
  const { t } = useTranslation()
  const { accountManager } = useApp()
  const [taken, setTaken] = useState<readonly string[]>([])
  useEffect(() => {
    // A banner above the screen reports what the disk refuses.
    accountManager.accounts().then(
      (accounts) => setTaken(accounts.map(({ label }) => label)),
      () => {},
    )
  }, [accountManager])
  let n = 1
  while (taken.includes(t('create.labelDefault', { n }))) n += 1
  return t('create.labelDefault', { n })
}
