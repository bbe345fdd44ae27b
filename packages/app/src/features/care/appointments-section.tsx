/** Appointments, as Care shows them: the next ones, what was asked for, and the ways to ask and to see all. */
import { bookingsOf } from '@chartkeep/domain'
import { Button, Group } from '@mantine/core'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { addressOf } from '../../app/place/addresses.ts'
import { useChart } from '../../app/context/app-context.tsx'
import { useCareRecords, useMayWrite } from '../../app/care/messages/care-chart.ts'
import { noAnswerWords } from '../../app/care/sharing/answering.ts'
import { useAnswering } from '../../app/care/sharing/list-readers.ts'
import { ShareFirst } from '../../app/care/sharing/share-first.tsx'
import { useMinute } from '../../app/hooks/use-minute.ts'
import { formatMoment } from '../../i18n/dates.ts'
import { currentLanguage } from '../../i18n/index.ts'
import { Card } from '../../ui/display/card.tsx'

const SHOWN = 3

export function AppointmentsSection() {
  const { t } = useTranslation()
  const { summary } = useChart()
  const records = useCareRecords('appointments')
  const mayWrite = useMayWrite('appointments', 'book')
  const now = useMinute()
  const { requests, bookings } = useMemo(() => bookingsOf(records?.entries ?? []), [records])
  const coming = bookings.filter(({ state, end }) => state === 'booked' && end > now.getTime())
  const answering = useAnswering('appointments')
  const open = requests.filter(({ state }) => state === 'waiting')
  const left = open.filter(({ practice }) => noAnswerWords(answering, practice?.account ?? null, t) !== '').length
  const waiting = open.length - left
  const nobody = mayWrite ? noAnswerWords(answering, null, t) : ''
  return (
    <Card title={t('calendar.careTitle')}>
      {coming.length === 0 ? <p>{t('calendar.careNone')}</p> : null}
      <ul>
        {coming.slice(0, SHOWN).map((booking) => (
          <li key={booking.id}>
            {t('calendar.careNext', {
              time: formatMoment(new Date(booking.start), currentLanguage(), now),
              name: booking.memberName,
            })}
          </li>
        ))}
      </ul>
      {waiting > 0 ? <p>{t('calendar.careWaiting', { count: waiting })}</p> : null}
      {left > 0 ? <p>{t('calendar.careLeft', { count: left })}</p> : null}
      {nobody === '' ? null : <ShareFirst list="appointments" words={nobody} />}
      <Group gap="sm" mt="md">
        {mayWrite && nobody === '' ? (
          <Button component="a" href={addressOf('calendar', summary.slot, 'new')}>
            {t('calendar.ask')}
          </Button>
        ) : null}
        <Button component="a" variant="default" href={addressOf('calendar', summary.slot)}>
          {t('calendar.back')}
        </Button>
      </Group>
    </Card>
  )
}
