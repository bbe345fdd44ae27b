/** What became of a medicine's doses over some days, in words and for the picture. Always counts with their base, never a percentage. */
import { adherence, type DoseDay } from '@chartkeep/domain'
import type { TFunction } from 'i18next'
import { formatDateOnly } from '../../i18n/dates.ts'
import type { Language } from '../../i18n/index.ts'
import type { DoseGridDay } from '../../ui/plots/dose-grid.tsx'

/** "Metformin, last 7 days: of 13 planned doses 9 taken, 1 late, 0 skipped, 3 not recorded." */
export function adherenceSentence(what: string, days: readonly DoseDay[], t: TFunction): string {
  const { planned, taken, late, skipped, notRecorded, extra } = adherence(days)
  if (planned === 0) {
    const written = days.flatMap(({ doses }) => doses).filter(({ dose }) => dose !== null)
    return t('adherence.summaryOpen', { what, days: days.length, count: written.length })
  }
  const sentence = t('adherence.summary', {
    what,
    days: days.length,
    count: planned,
    taken,
    late,
    skipped,
    notRecorded,
  })
  return extra === 0 ? sentence : `${sentence} ${t('adherence.extraToo', { count: extra })}`
}

/** The days of the picture; the first of them, and the first of each month, name their month. */
export function gridDays(days: readonly DoseDay[], language: Language): DoseGridDay[] {
  return days.map(({ day, plan, doses }, index) => ({
    day,
    shownDay: formatDateOnly(day, language, 'gregorian'),
    shortDay:
      index === 0 || day.endsWith('-01')
        ? `${Number(day.slice(5, 7))}/${Number(day.slice(8))}`
        : String(Number(day.slice(8))),
    marks: doses.map(({ state, isExtra, time }) => ({ kind: state, isExtra, time })),
    planned: plan.kind === 'open' ? '' : String(doses.filter(({ isExtra }) => !isExtra).length),
  }))
}
