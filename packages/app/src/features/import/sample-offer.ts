/** Whether the server was started as a demonstration; what opens the sample is fetched when a person asks for it. */
import type { AccountManager } from '@chartkeep/sync'
import type { DemoOffer } from '../../app/context/app-context.tsx'
import { SAMPLE_LABELS, SAMPLE_PASSPHRASE } from '../../app/people/sample-account.ts'

const loadSample = () => import('./sample.ts')

/** What Welcome offers when the server says that it is a demonstration; null otherwise. */
export async function sampleOffer(accountManager: AccountManager, server: string): Promise<DemoOffer | null> {
  const answer = await fetch('/v1/demo', { cache: 'no-store' }).catch(() => null)
  if (answer === null || !answer.ok) return null
  const { demo } = (await answer.json()) as { demo?: unknown }
  if (demo !== true) return null
  return {
    family: async () => (await loadSample()).openFamily(accountManager, server),
    doctor: async () => (await loadSample()).openDoctor(accountManager, server),
    words: SAMPLE_PASSPHRASE,
    labels: Object.values(SAMPLE_LABELS),
  }
}
