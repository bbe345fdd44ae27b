/** "Ask me later": a question of a chart is put off for a month, on this device, sealed. */
import type { Session } from '@chartkeep/sync'

const DAYS = 30

/** `chart`: or the account, for a question that belongs to no chart. */
export function putOff(session: Session, question: string, chart: string, days = DAYS): Promise<void> {
  return session.setSetting(`later.${question}.${chart}`, String(Date.now() + days * 86_400_000))
}

/** Whether the question was put off and its time has not come yet. */
export function isPutOff(session: Session, question: string, chart: string): boolean {
  return Number(session.setting(`later.${question}.${chart}`) ?? 0) > Date.now()
}
