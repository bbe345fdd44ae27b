/** The account is open in another tab: since when, and what happens when it is used here. */
import type { AccountSlot } from '@chartkeep/sync'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useApp } from '../../app/context/app-context.tsx'
import { formatMoment } from '../../i18n/dates.ts'
import { currentLanguage } from '../../i18n/index.ts'
import { Banner } from '../../ui/display/status-mark.tsx'

const ASK_EVERY_MS = 3_000

/** Asks again while the screen stands, for tabs come and go. Null: nobody has it. */
export function useWhereOpen(slot: AccountSlot['slot']): { since: number | null } | null {
  const { accountManager } = useApp()
  const [where, setWhere] = useState<{ since: number | null } | null>(null)
  useEffect(() => {
    let isGone = false
    const ask = () =>
      void accountManager.whereOpen(slot).then(
        (found) => {
          if (!isGone) setWhere((before) => (before?.since === found?.since && !!before === !!found ? before : found))
        },
        () => {},
      )
    ask()
    const timer = setInterval(ask, ASK_EVERY_MS)
    return () => {
      isGone = true
      clearInterval(timer)
    }
  }, [accountManager, slot])
  return where
}

export function OpenElsewhere({ where }: { where: { since: number | null } }) {
  const { t } = useTranslation()
  const since =
    where.since === null
      ? t('tab.silent')
      : t('tab.since', { time: formatMoment(new Date(where.since), currentLanguage()) })
  return (
    <Banner status="attention" title={t('tab.second')}>
      {since} {where.since === null ? t('tab.whatHappensSilent') : t('tab.whatHappens')}
    </Banner>
  )
}
