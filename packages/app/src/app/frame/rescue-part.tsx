/** "Save what can still be read": first what the file is, then the file, then what is in it and what is not. */
import { Button, Group } from '@mantine/core'
import type { RescuedChart } from '@chartkeep/sync'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Banner } from '../../ui/display/status-mark.tsx'
import { useApp } from '../context/app-context.tsx'

/** `rescue` answers with the charts that open; an empty list when none does. */
export function RescuePart({ rescue }: { rescue: () => Promise<readonly RescuedChart[]> }) {
  const { t } = useTranslation()
  const { platform } = useApp()
  const [step, setStep] = useState<'offered' | 'warned' | 'working' | 'failed'>('offered')
  const [charts, setCharts] = useState<readonly RescuedChart[] | null>(null)
  const save = async () => {
    setStep('working')
    try {
      const found = await rescue()
      // P1: no name of a person in the name of a file.
      for (const [index, { bundle }] of found.entries())
        await platform.saveFile(
          `chartkeep-not-protected-${index + 1}.json`,
          new Blob([bundle], { type: 'application/fhir+json' }),
        )
      setCharts(found)
      setStep('offered')
    } catch {
      setStep('failed')
    }
  }
  if (charts !== null && charts.length > 0) {
    const problems = charts.reduce((sum, chart) => sum + chart.problems, 0)
    return (
      <Banner status="attention" title={t('rescue.done')}>
        <ul>
          {charts.map((chart, index) => (
            <li key={index}>{t('rescue.chart', { name: chart.name, count: chart.records })}</li>
          ))}
        </ul>
        <p>{problems === 0 ? t('rescue.whole') : t('rescue.problems', { count: problems })}</p>
        <p>
          {t('rescue.noFiles')} {t('rescue.plain')}
        </p>
      </Banner>
    )
  }
  return (
    <>
      {step === 'failed' || charts !== null ? <Banner status="danger">{t('rescue.nothing')}</Banner> : null}
      {step === 'offered' ? (
        <Button variant="default" onClick={() => setStep('warned')}>
          {t('rescue.offer')}
        </Button>
      ) : step === 'failed' ? null : (
        <Banner
          status="danger"
          title={t('rescue.plain')}
          action={
            <Group gap="sm">
              <Button loading={step === 'working'} onClick={() => void save()}>
                {t('rescue.save')}
              </Button>
              <Button variant="default" disabled={step === 'working'} onClick={() => setStep('offered')}>
                {t('deed.notNow')}
              </Button>
            </Group>
          }
        >
          {t('rescue.what')}
        </Banner>
      )}
    </>
  )
}
