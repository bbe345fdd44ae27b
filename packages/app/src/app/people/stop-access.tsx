/** The one honest question before access to a chart ends, of a share and of emergency access. */
import { Button, Stack } from '@mantine/core'
import type { ShareOutcome } from '@chartkeep/sync'
import { useTranslation } from 'react-i18next'
import { Banner } from '../../ui/display/status-mark.tsx'
import { useChart } from '../context/app-context.tsx'
import { useConsent } from './use-consent.ts'

/** Every one of the grants is stopped. `deed` and `keep` are the two answers. */
export function StopAccess({
  grants,
  question,
  action,
  keep,
  onDone,
}: {
  grants: readonly string[]
  question: string
  action: string
  keep: string
  onDone: () => void
}) {
  const { t } = useTranslation()
  const { chart } = useChart()
  const { problem, isWorking, go } = useConsent(async () => {
    const outcomes: ShareOutcome[] = []
    for (const id of grants) outcomes.push(await chart.revoke(id))
    return outcomes
  }, onDone)
  return (
    <>
      <p>{question}</p>
      {problem === null ? null : (
        <Banner status="attention" urgent>
          {t(problem === 'refused' ? 'sync.signin' : 'share.stopFailed')}
        </Banner>
      )}
      <Stack gap="sm">
        <Button variant="default" onClick={onDone}>
          {keep}
        </Button>
        <Button onClick={go} loading={isWorking}>
          {action}
        </Button>
      </Stack>
    </>
  )
}
