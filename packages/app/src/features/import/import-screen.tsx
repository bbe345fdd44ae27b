/**
 * Import of what people hold: choose a file, say whose chart it is, follow the progress, read the report. The file is
 * read on this device; the original goes, sealed, to the private list of documents.
 */
import { Button, Progress, Stack } from '@mantine/core'
import { datePrecision } from '@chartkeep/domain'
import type { FoundPatient } from '@chartkeep/interop/people'
import { IconFileImport } from '@tabler/icons-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { addressOf } from '../../app/place/addresses.ts'
import { useApp, useChart, useSession } from '../../app/context/app-context.tsx'
import { useSessionCharts } from '../../app/context/charts-in-session.tsx'
import { Screen } from '../../app/place/screen.tsx'
import { useObservable } from '../../app/hooks/use-observable.ts'
import { Card, ScreenHead } from '../../ui/display/card.tsx'
import { EmptyState } from '../../ui/display/empty-state.tsx'
import { PersonStrip } from '../../ui/display/person-chip.tsx'
import { ImportReport } from './import-report.tsx'
import { ImportJob, type ImportStep } from './import-job.ts'
import { Whose } from './whose.tsx'

export function ImportScreen() {
  const { t } = useTranslation()
  const { platform } = useApp()
  const session = useSession()
  const { charts = [], keepOf } = useSessionCharts()
  const { chart, summary, person, memories, slots } = useChart()
  const [problem, setProblem] = useState('')
  const job = (memories.get('import') as ImportJob | undefined) ?? new ImportJob()
  memories.set('import', job)
  const step = useObservable(job.step$) ?? { type: 'choose' }
  const choose = async () => {
    // Any file: one that cannot be read is named, and can be kept as a document.
    const [file] = await platform.openFile({ accept: '', multiple: false })
    setProblem('')
    if (file) await job.read(chart, file)
  }
  /** Goes on in another chart, where its report is then. */
  const goOnIn = async ({ read, patient }: Extract<ImportStep, { type: 'whose' }>, slot: string) => {
    const other = await keepOf(slot).open()
    if (other === null) return setProblem(t('import.notOpened'))
    const there = new ImportJob()
    keepOf(slot).memories.set('import', there)
    void there.write(other, read, patient)
    job.reset()
    window.location.hash = addressOf('import', slot)
  }
  const startChart = async (from: Extract<ImportStep, { type: 'whose' }>, { name, birthDate }: FoundPatient) => {
    try {
      const precision = datePrecision(birthDate)
      const isDate = precision !== null && precision !== 'time'
      const made = await session.createChart({ name, birthDate: isDate ? birthDate : '' })
      await goOnIn(from, made.slot)
    } catch {
      setProblem(session.isJoined ? t('household.failed') : t('household.notJoined'))
    }
  }

  if (summary.relation !== 'own') return <EmptyState title={t('add.none')} />
  return (
    <Screen word="import" focusKey={step.type}>
      <ScreenHead title={step.type === 'report' ? t('import.report') : t('import.title')} />
      <PersonStrip person={person} />
      {step.type === 'choose' ? (
        <Card>
          <EmptyState
            icon={<IconFileImport size={32} />}
            title={t('import.intro')}
            action={<Button onClick={() => void choose()}>{t('import.choose')}</Button>}
          >
            {t('import.stays')}
          </EmptyState>
        </Card>
      ) : step.type === 'reading' ? (
        <Running label={t('import.reading')} done={step.bytes} all={step.total} onStop={() => job.stop()} />
      ) : step.type === 'whose' ? (
        <Whose
          step={step}
          chartName={summary.name}
          others={charts.filter(
            ({ slot, relation, kind, state }) =>
              slot !== summary.slot && relation === 'own' && kind === 'person' && state === 'open',
          )}
          problem={problem}
          onChoose={(patient) => job.choosePatient(step, patient)}
          onGo={() => void job.write(chart, step.read, step.patient)}
          onOther={(other) => void goOnIn(step, other.slot).catch(() => setProblem(t('import.notOpened')))}
          onNew={(found) => void startChart(step, found)}
          onCancel={() => job.reset()}
        />
      ) : step.type === 'keeping' ? (
        <Running label={t('import.keeping')} done={step.bytes} all={step.total} onStop={() => job.stop()} />
      ) : step.type === 'writing' ? (
        <Running
          label={t('import.progress', { done: step.done, all: step.all })}
          hint={t('import.inBackground')}
          done={step.done}
          all={step.all}
          onStop={() => job.stop()}
        />
      ) : (
        <ImportReport
          result={step.result}
          onAgain={() => job.reset()}
          onKeep={() => void job.keep(chart, step)}
          open={() => keepOf(summary.slot).open()}
          recordsHref={addressOf('chart', summary.slot)}
          fileHref={
            step.result.original.type === 'kept'
              ? addressOf('record', summary.slot, slots.slotOf({ type: 'record', id: step.result.original.record }))
              : null
          }
        />
      )}
    </Screen>
  )
}

function Running({
  label,
  hint,
  done,
  all,
  onStop,
}: {
  label: string
  hint?: string
  done: number
  all: number | null
  onStop: () => void
}) {
  const { t } = useTranslation()
  const percent = all === null || all === 0 ? 0 : Math.min(100, (done / all) * 100)
  // Spoken in steps of 25 %, drawn smoothly.
  const step = Math.floor(percent / 25) * 25
  return (
    <Card>
      <Stack gap="md">
        <p className="ck-number">{label}</p>
        <Progress value={percent} size="lg" aria-label={label} />
        <span className="ck-hidden" role="status">
          {step > 0 ? `${step} %` : ''}
        </span>
        {hint ? <p>{hint}</p> : null}
        <Button variant="default" onClick={onStop}>
          {t('import.cancel')}
        </Button>
      </Stack>
    </Card>
  )
}
