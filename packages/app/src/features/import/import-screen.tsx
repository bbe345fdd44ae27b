/**
 * Import of what people hold: choose a file, say whose chart it is, follow the progress, read the report. The file is
 * read on this device; the original goes, sealed, to the private list of documents.
 */
import { Button, Progress, Radio, Stack } from '@mantine/core'
import { IconFileImport } from '@tabler/icons-react'
import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { addressOf } from '../../app/addresses.ts'
import { useApp, useChart } from '../../app/app-context.tsx'
import { Screen } from '../../app/screen.tsx'
import { formatDate } from '../../i18n/dates.ts'
import { currentLanguage } from '../../i18n/index.ts'
import { Card, ScreenHead } from '../../ui/card.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { PersonStrip } from '../../ui/person-chip.tsx'
import { Banner } from '../../ui/status-mark.tsx'
import { ImportReport } from './import-report.tsx'
import { type ImportResult, readFile, type ReadFile, writeRecords } from './import-run.ts'

const ACCEPT = '.json,.ndjson,.jsonl,.gz,application/json,application/fhir+json,application/gzip'

type Step =
  | { type: 'choose' }
  | { type: 'reading'; bytes: number; total: number | null }
  | { type: 'whose'; read: ReadFile; patient: string }
  | { type: 'writing'; done: number; all: number }
  | { type: 'report'; result: ImportResult }

/** See ux.md 2, Import. */
export function ImportScreen() {
  const { t } = useTranslation()
  const { platform } = useApp()
  const { chart, summary, person } = useChart()
  const [step, setStep] = useState<Step>({ type: 'choose' })
  const stop = useRef<AbortController | null>(null)
  useEffect(() => () => stop.current?.abort(), [])

  const choose = async () => {
    const [file] = await platform.openFile({ accept: ACCEPT, multiple: false })
    if (!file) return
    const control = new AbortController()
    stop.current = control
    setStep({ type: 'reading', bytes: 0, total: file.size })
    const read = await readFile(file, control.signal, (bytes, total) => setStep({ type: 'reading', bytes, total }))
    if (read === null) return setStep({ type: 'choose' })
    if (read.items.length === 0) {
      return setStep({ type: 'report', result: { ...NOTHING, refusals: read.refusals, fileRefusal: read.fileRefusal } })
    }
    setStep({ type: 'whose', read, patient: read.people.patients[0]?.key ?? '' })
  }
  const write = async (read: ReadFile, patientKey: string) => {
    const control = new AbortController()
    stop.current = control
    const patient = read.people.patients.find((candidate) => candidate.key === patientKey) ?? null
    setStep({ type: 'writing', done: 0, all: read.items.length })
    const result = await writeRecords(chart, read, patient, control.signal, (done, all) =>
      setStep({ type: 'writing', done, all }),
    )
    setStep({ type: 'report', result })
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
        <Running label={t('import.reading')} done={step.bytes} all={step.total} onStop={() => stop.current?.abort()} />
      ) : step.type === 'whose' ? (
        <Whose
          read={step.read}
          chosen={step.patient}
          chartName={summary.name}
          onChoose={(patient) => setStep({ ...step, patient })}
          onGo={() => void write(step.read, step.patient)}
          onCancel={() => setStep({ type: 'choose' })}
        />
      ) : step.type === 'writing' ? (
        <Running
          label={t('import.progress', { done: step.done, all: step.all })}
          hint={t('import.inBackground')}
          done={step.done}
          all={step.all}
          onStop={() => stop.current?.abort()}
        />
      ) : (
        <ImportReport
          result={step.result}
          onAgain={() => setStep({ type: 'choose' })}
          recordsHref={addressOf('chart', summary.slot)}
        />
      )}
    </Screen>
  )
}

const NOTHING: ImportResult = {
  added: 0,
  unchanged: 0,
  corrected: 0,
  conflicts: 0,
  kept: 0,
  otherPerson: 0,
  all: 0,
  wasStopped: false,
  refusals: [],
  fileRefusal: null,
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
  return (
    <Card title={patients.length === 0 ? t('import.whose') : t('import.found', { count: patients.length })}>
      <Stack gap="md">
        {patients.length === 0 ? (
          <Banner status="info">{t('import.noPatient')}</Banner>
        ) : (
          <Radio.Group value={chosen} onChange={onChoose} label={t('import.whose')}>
            <Stack gap="sm" mt="sm">
              {patients.map((patient) => (
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
