/** The accounts of the sample family: everyone in them is invented, and nobody is asked to keep them safe. */
import type { Session } from '@chartkeep/sync'

/** Opens both sample accounts; the unlock screen shows it. */
export const SAMPLE_PASSPHRASE = 'sample family only here'

/** Names of the sample accounts on the unlock screen. */
export const SAMPLE_LABELS = { family: 'Sample family', doctor: 'Sample doctor' } as const

const SAMPLE = 'sample'

export function markSample(session: Session): Promise<void> {
  return session.setSetting(SAMPLE, 'yes')
}

export function isSample(session: Session): boolean {
  return session.setting(SAMPLE) === 'yes'
}
