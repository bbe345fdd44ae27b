/** The truth about sync at this moment, in a word or two; opens Sync health. Changes are announced politely, once. */
import { IconCloudCheck, IconCloudOff, IconCloudUp, IconDeviceLaptop, IconRefresh } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { StatusIcon } from '../display/status-mark.tsx'
import styles from './sync-chip.module.css'

/** What the chip can say. `time` is already written for people, e.g. `09:41`. */
export type SyncState =
  | { type: 'confirmed'; time: string }
  | { type: 'waiting'; count: number }
  | { type: 'working'; count: number }
  | { type: 'offline'; count: number }
  | { type: 'problem' }
  | { type: 'local' }

/** The words of a state. */
function useSyncWords(state: SyncState): string {
  const { t } = useTranslation()
  switch (state.type) {
    case 'confirmed':
      return t('sync.short.confirmed', { time: state.time })
    case 'waiting':
      return t('sync.short.waiting', { count: state.count })
    case 'working':
      return t('sync.short.working')
    case 'offline':
      return state.count === 0 ? t('sync.short.offline') : t('sync.short.offlineWaiting', { count: state.count })
    case 'problem':
      return t('sync.short.problem')
    case 'local':
      return t('sync.short.local')
  }
}

/** The chip as a link to Sync health; on a phone the words stay, at small size. */
export function SyncChip({ state, href }: { state: SyncState; href: string }) {
  const words = useSyncWords(state)
  const { t } = useTranslation()
  return (
    <>
      <a className={styles.chip} href={href} data-state={state.type} aria-label={t('sync.chip', { state: words })}>
        <Icon type={state.type} />
        <span>{words}</span>
      </a>
      <span className="ck-hidden" role="status">
        {state.type === 'confirmed' || state.type === 'working' ? '' : words}
      </span>
    </>
  )
}

function Icon({ type }: { type: SyncState['type'] }) {
  const props = { size: 18, 'aria-hidden': true } as const
  switch (type) {
    case 'confirmed':
      return <IconCloudCheck {...props} />
    case 'waiting':
      return <IconCloudUp {...props} />
    case 'working':
      return <IconRefresh {...props} />
    case 'offline':
      return <IconCloudOff {...props} />
    case 'local':
      return <IconDeviceLaptop {...props} />
    case 'problem':
      return <StatusIcon status="attention" size={18} />
  }
}
