/** What waits for this member's signature, the first due in front, and what they asked others for. */
import { waitsForMember } from '@chartkeep/domain'
import { useTranslation } from 'react-i18next'
import { useChartLabel } from '../../app/people/use-chart-label.ts'
import { addressOf } from '../../app/place/addresses.ts'
import { useNotes, type CareNote, type NoteRequest } from '../../app/care/notes/notes.ts'
import { MayNot } from '../../app/practice/may-not.tsx'
import { usePatients, usePractice } from '../../app/practice/practice-context.tsx'
import { Delayed } from '../../app/hooks/delayed.tsx'
import { Screen } from '../../app/place/screen.tsx'
import { formatDate } from '../../i18n/dates.ts'
import { currentLanguage } from '../../i18n/index.ts'
import { Card, ScreenHead } from '../../ui/display/card.tsx'
import { EmptyState } from '../../ui/display/empty-state.tsx'
import { PagedLinks } from '../../ui/lists/paged-links.tsx'
import type { LinkRow } from '../../ui/lists/row-links.tsx'

export function SignScreen() {
  const { t } = useTranslation()
  const labelOf = useChartLabel()
  const { practice, keep } = usePractice()
  const charts = usePatients()
  const notes = useNotes()
  const language = currentLanguage()
  const byTask = new Map(
    (notes ?? []).flatMap((note) => note.requests.map((each) => [each.request.task.id, note] as const)),
  )
  const all = (notes ?? []).flatMap(({ requests }) => requests)
  const mine = waitsForMember(all, { id: practice.me.id, roles: practice.me.roles })
  const asked = all.filter(({ state, request }) => state === 'waiting' && request.by?.id === practice.me.id)
  const rowOf = (each: NoteRequest): LinkRow[] => {
    const note: CareNote | undefined = byTask.get(each.request.task.id)
    const chart = charts?.find(({ id }) => id === note?.chart)
    if (note === undefined || chart === undefined) return []
    const { request } = each
    return [
      {
        id: request.task.id,
        href: addressOf('note', chart.slot, keep.slots.slotOf({ type: 'record', id: note.record.id })),
        title: `${labelOf(chart)}: ${note.form.title}`,
        value: [
          t(`sign.askWhat.${request.meaning}`),
          request.by === null ? '' : t('sign.askedBy', { name: request.by.name }),
        ]
          .filter(Boolean)
          .join(' · '),
        date: request.due === '' ? t('sign.noDue') : t('sign.due', { time: formatDate(request.due, language) }),
      },
    ]
  }
  const shown = mine.flatMap(rowOf)
  const sent = asked.flatMap(rowOf)
  return (
    <Screen word="sign">
      <ScreenHead title={t('sign.title')} />
      <MayNot what="sign-note" />
      {notes === undefined || charts === undefined ? (
        <Delayed />
      ) : (
        <>
          {shown.length === 0 ? (
            <EmptyState title={t('sign.empty')}>{t('sign.emptyText')}</EmptyState>
          ) : (
            <Card title={t('sign.waiting')} flush>
              <PagedLinks rows={shown} />
            </Card>
          )}
          {sent.length === 0 ? null : (
            <Card title={t('sign.asked')} flush>
              <PagedLinks rows={sent} />
            </Card>
          )}
        </>
      )}
    </Screen>
  )
}
