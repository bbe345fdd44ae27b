/** Where another device finds Chartkeep: the address of this account's server, which an installed app shows nowhere else. In words where there is none. */
import { useTranslation } from 'react-i18next'
import { useSession } from './app-context.tsx'
import { useObservable } from '../hooks/use-observable.ts'

export function useServerAddress(): string {
  const { t } = useTranslation()
  const sync = useObservable(useSession().sync$)
  return sync?.server?.address ?? t('pair.thisAddress')
}
