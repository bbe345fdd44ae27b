/** The session's sync status as the chip and the screens say it. */
import type { SyncStatus } from '@chartkeep/sync'
import { formatTime } from '../../i18n/dates.ts'
import type { SyncState } from '../../ui/frame/sync-chip.tsx'

/** Words for the chip; a confirmation that is not of today shows its time all the same, the screen has the date. */
export function syncStateOf(status: SyncStatus | undefined): SyncState {
  if (!status) return { type: 'working', count: 0 }
  switch (status.state) {
    case 'no-server':
      return { type: 'local' }
    case 'offline':
      return { type: 'offline', count: status.waiting }
    case 'syncing':
      return { type: 'working', count: status.waiting }
    case 'waiting':
      return { type: 'waiting', count: status.waiting }
    case 'confirmed':
      return { type: 'confirmed', time: status.confirmedAt === null ? '' : formatTime(new Date(status.confirmedAt)) }
    case 'problem':
      // H7: nobody at this device has anything to do.
      return status.problem?.key === 'server-full' ? { type: 'waiting', count: status.waiting } : { type: 'problem' }
  }
}
