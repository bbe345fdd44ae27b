/**
 * Import of what people hold: choose a file, say whose chart it is, follow the progress, read the report. The file is
 * read on this device; the original goes, sealed, to the private list of documents.
 */
import { Button, Progress, Radio, Stack } from '@mantine/core'
import { IconFileImport } from '@tabler/icons-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { addressOf } from '../../app/addresses.ts'
import { useApp, useChart } from '../../app/app-context.tsx'
import { Screen } from '../../app/screen.tsx'
import { useObservable } from '../../app/use-observable.ts'
import { formatDate } from '../../i18n/dates.ts'
import { currentLanguage } from '../../i18n/index.ts'
import { Card, ScreenHead } from '../../ui/card.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { PersonStrip } from '../../ui/person-chip.tsx'
import { Banner } from '../../ui/status-mark.tsx'
import { ImportReport } from './import-report.tsx'
import { ImportJob } from './import-job.ts'
import type { ReadFile } from './import-run.ts'

/** A file may name people by the hundred thousand. */
const PEOPLE = 50

const ACCEPT = '.json,.ndjson,.jsonl,.gz,application/json,application/fhir+json,application/gzip'

export function ImportScreen() {
  const { t } = useTranslation()
  const { platform } = useApp()
  const { chart, summary, person, memories } = useChart()
  const job = (memories.get('import') as ImportJob | undefined) ?? new ImportJob()
  memories.set('import', job)
  const step = useObservable(job.step$) ?? { type: 'choose' }
  const choose = async () => {
    const [file] = await platform.openFile({ accept: ACCEPT, multiple: false })
    if (file) await job.read(file)
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
          read={step.read}
          chosen={step.patient}
          chartName={summary.name}
          onChoose={(patient) => job.choosePatient(step.read, patient)}
          onGo={() => void job.write(chart, step.read, step.patient)}
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
        <ImportReport result={step.result} onAgain={() => job.reset()} recordsHref={addressOf('chart', summary.slot)} />
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

function Whose({
  read,
  chosen,
  chartName,
  onChoose,
  onGo,
  onCancel,
}: {
  read: ReadFile
  chosen: string
  chartName: string
  onChoose: (patient: string) => void
  onGo: () => void
  onCancel: () => void
}) {
  const { t } = useTranslation()
  const { patients } = read.people
  const [shown, setShown] = useState(PEOPLE)
  return (
    <Card title={patients.length === 0 ? t('import.whose') : t('import.found', { count: patients.length })}>
      <Stack gap="md">
        {patients.length === 0 ? (
          <Banner status="info">{t('import.noPatient')}</Banner>
        ) : (
          <Radio.Group value={chosen} onChange={onChoose} label={t('import.whose')}>
            <Stack gap="sm" mt="sm">
              {patients.slice(0, shown).map((patient) => (
                <Radio
                  key={patient.key}
                  value={patient.key}
                  label={patient.name || patient.key}
                  description={[
                    patient.birthDate
                      ? t('import.born', { date: formatDate(patient.birthDate, currentLanguage()) })
                      : '',
                    t('import.records', { count: patient.count }),
                  ]
                    .filter(Boolean)
                    .join(' · ')}
                />
              ))}
              {shown < patients.length ? (
                <Button variant="default" onClick={() => setShown(shown + PEOPLE)}>
                  {t('import.morePeople')}
                </Button>
              ) : null}
            </Stack>
          </Radio.Group>
        )}
        <p>{t('import.stays')}</p>
        <Button onClick={onGo}>{t('import.intoThis', { name: chartName })}</Button>
        <Button variant="default" onClick={onCancel}>
          {t('deed.cancel')}
        </Button>
      </Stack>
    </Card>
  )
}
