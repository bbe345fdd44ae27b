/** Ending before its time what this device opened in an emergency (C13): one question, then the chart is locked and its owners are told. */
import { Button, Stack } from '@mantine/core'
import type { ChartSummary } from '@chartkeep/sync'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useNavigate } from 'react-router'
import { useChartLabel } from '../people/use-chart-label.ts'
import { Dialog } from '../../ui/dialogs/dialogs.tsx'
import { Problem } from '../../ui/display/status-mark.tsx'
import { pathOf } from '../place/addresses.ts'
import { useSession } from '../context/app-context.tsx'
import { useAction } from '../actions/use-action.ts'

export function EmergencyDone({ chart }: { chart: ChartSummary }) {
  const { t } = useTranslation()
  const labelOf = useChartLabel()
  const session = useSession()
  const navigate = useNavigate()
  const [isAsking, setAsking] = useState(false)
  const { isWorking, problem, run } = useAction()
  if (chart.emergency === null) return null
  const end = () =>
    run(async () => {
      await session.emergency.end(chart.slot)
      // Among those that may be opened it says that it has ended, and whether that was told.
      void navigate(pathOf('patients', 'emergency'))
      return ''
    })
  return (
    <>
      <Button variant="default" onClick={() => setAsking(true)}>
        {t('emerg.done')}
      </Button>
      <Dialog isOpen={isAsking} onClose={() => setAsking(false)} title={t('emerg.doneTitle')}>
        <p>{t('emerg.doneAsk', { name: labelOf(chart) })}</p>
        <Problem text={problem} />
        <Stack gap="sm">
          <Button variant="default" onClick={() => setAsking(false)}>
            {t('emerg.goOn')}
          </Button>
          <Button onClick={() => void end()} loading={isWorking}>
            {t('emerg.done')}
          </Button>
        </Stack>
      </Dialog>
    </>
  )
}
