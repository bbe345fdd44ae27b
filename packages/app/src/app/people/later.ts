/** "Ask me later": a question of a chart is put off for a month, on this device, sealed. */
import type { Session } from '@chartkeep/sync'

const DAYS = 30

export function putOff(session: Session, question: string, chart: string): Promise<void> {
  return session.setSetting(`later.${question}.${chart}`, String(Date.now() + DAYS * 86_400_000))
}

/** Whether the question was put off and its time has not come yet. */
export function isPutOff(session: Session, question: string, chart: string): boolean {
  return Number(session.setting(`later.${question}.${chart}`) ?? 0) > Date.now()
}
