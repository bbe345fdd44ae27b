/** The times of one chart as a calendar file: the way that rings when the app is closed. Neutral titles, nothing else in it. */
import { Button, NativeSelect, Stack } from '@mantine/core'
import { calendarFile } from '@chartkeep/interop'
import { firstValueFrom } from 'rxjs'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useChartLabel } from '../../app/people/use-chart-label.ts'
import { useApp, useSession } from '../../app/context/app-context.tsx'
import { useSessionCharts } from '../../app/context/charts-in-session.tsx'
import { calendarEntries } from '../../app/reminders/upcoming-events.ts'
import { RecordViews } from '../../app/words/record-view.ts'
import { reminderChoices } from '../../app/reminders/reminder-state.ts'
import { Card } from '../../ui/display/card.tsx'
import { Banner } from '../../ui/display/status-mark.tsx'

export function CalendarCard() {
  const { t } = useTranslation()
  const labelOf = useChartLabel()
  const { platform } = useApp()
  const session = useSession()
  const { charts, current } = useSessionCharts()
  const own = charts?.filter(({ relation, state }) => relation === 'own' && state === 'open') ?? []
  const [chosen, setChosen] = useState<string | null>(null)
  const [saved, setSaved] = useState<number | 'failed' | null>(null)
  const slot = own.find((chart) => chart.slot === (chosen ?? current?.slot))?.slot ?? own[0]?.slot
  if (slot === undefined) return null
  const save = async () => {
    const chart = await session.watchChart(slot)
    if (chart === null) return setSaved('failed')
    const now = new Date()
    const records = await firstValueFrom(chart.all$)
    const entries = calendarEntries(records, new RecordViews(), reminderChoices(session).before, now)
    if (entries.length > 0) {
      const text = calendarFile(entries, { title: t('reminders.calendarEntry'), now: now.getTime() })
      await platform.saveFile('chartkeep-reminders.ics', new Blob([text], { type: 'text/calendar;charset=utf-8' }))
    }
    setSaved(entries.length)
  }
  return (
    <Card title={t('reminders.calendar')}>
      <Stack gap="md" align="start">
        <p>{t('reminders.calendarWhat', { title: t('reminders.calendarEntry') })}</p>
        <p>{t('reminders.calendarLimit')}</p>
        {own.length > 1 ? (
          <NativeSelect
            label={t('reminders.calendarChart')}
            value={slot}
            onChange={(event) => setChosen(event.currentTarget.value)}
            data={own.map((chart) => ({ value: chart.slot, label: labelOf(chart) }))}
          />
        ) : null}
        <Button onClick={() => void save().catch(() => setSaved('failed'))}>{t('reminders.calendarSave')}</Button>
        <div role="status">
          {saved === null ? null : saved === 'failed' ? (
            <Banner status="danger">{t('reminders.calendarFailed')}</Banner>
          ) : saved === 0 ? (
            <Banner status="neutral">{t('reminders.calendarNone')}</Banner>
          ) : (
            <Banner status="good">{t('reminders.calendarSaved', { count: saved })}</Banner>
          )}
        </div>
      </Stack>
    </Card>
  )
}
