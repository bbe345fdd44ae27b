/** Whose file is it? The person of the file beside the person of the chart, and what becomes of the records; nothing is written before. */
import { Button, Radio, Stack } from '@mantine/core'
import { comparePeople, factsOfFound, type FoundPatient, toldFacts } from '@chartkeep/interop/people'
import type { ChartSummary } from '@chartkeep/sync'
import type { TFunction } from 'i18next'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { formatDate } from '../../i18n/dates.ts'
import { currentLanguage } from '../../i18n/index.ts'
import { Card } from '../../ui/display/card.tsx'
import { Banner, Problem } from '../../ui/display/status-mark.tsx'
import { compareFound, type ImportStep } from './import-job.ts'
import { sentences } from './import-report.tsx'
import { type WhoseQuestion, whoseQuestion } from './report-state.ts'
import styles from './import.module.css'

/** A file may name people by the hundred thousand. */
const PEOPLE = 50

/** Charts of this account whose person has the name of the file's, and no other birth date. */
function chartsOf(found: FoundPatient, charts: readonly ChartSummary[]): ChartSummary[] {
  return charts.filter((chart) => {
    const { verdict, name } = comparePeople(factsOfFound(found), toldFacts({ ...chart, gender: '' }))
    return verdict !== 'different' && name === 'same'
  })
}

export function Whose({
  step,
  chartName,
  others,
  problem,
  onChoose,
  onGo,
  onOther,
  onNew,
  onCancel,
}: {
  step: Extract<ImportStep, { type: 'whose' }>
  chartName: string
  /** The other charts of this account. */
  others: readonly ChartSummary[]
  problem: string
  onChoose: (patient: string) => void
  onGo: () => void
  onOther: (chart: ChartSummary) => void
  onNew: (found: FoundPatient) => void
  onCancel: () => void
}) {
  const { t } = useTranslation()
  const { read, of, patient } = step
  const { patients } = read.people
  const found = patients.find(({ key }) => key === patient) ?? null
  const comparison = found === null ? null : compareFound(found, of)
  const question = comparison === null ? null : whoseQuestion(comparison)
  const theirs = found === null ? [] : chartsOf(found, others)
  const mayPress = question === 'agrees' || question === 'likely'
  return (
    <Card title={t('import.whose')}>
      <Stack gap="md">
        {patients.length === 0 ? (
          <Banner status="attention">{t('import.noPatient', { name: chartName })}</Banner>
        ) : null}
        {patients.length > 1 ? <People patients={patients} chosen={patient} onChoose={onChoose} /> : null}
        {found !== null && comparison !== null && question !== null ? (
          <>
            <Banner status={STATUS[question]}>{questionWords(question, found, of.name || chartName, t)}</Banner>
            <div className={styles.pair}>
              <Person title={t('import.inFile')} person={found} count={found.count} />
              <Person title={t('import.inChart')} person={{ ...of, name: of.name || chartName }} />
            </div>
            <p>{comparedWords(comparison, t)}</p>
          </>
        ) : null}
        <p>{t('import.stays')}</p>
        <Problem text={problem} />
        {patients.length === 0 || mayPress ? (
          <Button onClick={onGo}>{t('import.intoThis', { name: chartName })}</Button>
        ) : null}
        {found === null || question === 'agrees'
          ? null
          : theirs.map((chart) => (
              <Button key={chart.slot} variant={mayPress ? 'default' : 'filled'} onClick={() => onOther(chart)}>
                {t('import.intoThis', { name: chart.look.name || chart.name })}
              </Button>
            ))}
        {found === null || found.name === '' || question === 'agrees' || theirs.length > 0 ? null : (
          <Button variant={question === 'different' ? 'filled' : 'default'} onClick={() => onNew(found)}>
            {t('import.startChart')}
          </Button>
        )}
        {found === null || mayPress ? null : (
          <Button variant="default" onClick={onGo}>
            {t('import.samePerson')}
          </Button>
        )}
        <Button variant="default" onClick={onCancel}>
          {t('deed.cancel')}
        </Button>
      </Stack>
    </Card>
  )
}

const STATUS = {
  agrees: 'good',
  likely: 'info',
  doubt: 'attention',
  different: 'attention',
  nothing: 'attention',
} as const satisfies Record<WhoseQuestion, string>

function questionWords(
  question: WhoseQuestion,
  { name, birthDate }: FoundPatient,
  chart: string,
  t: TFunction,
): string {
  const file = name || t('import.noName')
  if (question === 'agrees') return t('import.agrees', { name: file, chart })
  if (question === 'likely') return t('import.likely', { name: file, chart })
  const about =
    birthDate === ''
      ? t('import.about', { name: file })
      : t('import.aboutBorn', { name: file, date: formatDate(birthDate, currentLanguage()) })
  return sentences([about, t('import.thisChart', { name: chart }), t(`import.asked.${question}`)], t)
}

/** What was compared, one after the other; what one side does not have was not. */
function comparedWords({ name, birthDate, sex, number }: ReturnType<typeof compareFound>, t: TFunction): string {
  const said = [
    t(`import.compared.name.${name}`),
    t(`import.compared.birthDate.${birthDate}`),
    ...(sex === 'differs' ? [t('import.compared.sex')] : []),
    ...(number === 'none' ? [] : [t(`import.compared.number.${number}`)]),
  ]
  return sentences(said, t)
}

interface Described {
  name: string
  birthDate: string
  gender: string
}

function detailsOf({ birthDate, gender }: Described, t: TFunction): string[] {
  return [
    birthDate === '' ? t('import.noBirthDate') : t('import.born', { date: formatDate(birthDate, currentLanguage()) }),
    ...(gender === 'female' || gender === 'male' ? [t(`import.sex.${gender}`)] : []),
  ]
}

function Person({ title, person, count }: { title: string; person: Described; count?: number }) {
  const { t } = useTranslation()
  const details = [...detailsOf(person, t), ...(count === undefined ? [] : [t('import.records', { count })])]
  return (
    <Card title={title} level={3} isItem>
      <strong>{person.name || t('import.noName')}</strong>
      <p>{details.join(' · ')}</p>
    </Card>
  )
}

function People({
  patients,
  chosen,
  onChoose,
}: {
  patients: readonly FoundPatient[]
  chosen: string
  onChoose: (patient: string) => void
}) {
  const { t } = useTranslation()
  const [shown, setShown] = useState(PEOPLE)
  return (
    <Radio.Group
      value={chosen}
      onChange={onChoose}
      label={t('import.found', { count: patients.length })}
      description={t('import.foundHint')}
    >
      <Stack gap="sm" mt="sm">
        {patients.slice(0, shown).map((patient) => (
          <Radio
            key={patient.key}
            value={patient.key}
            label={patient.name || t('import.noName')}
            description={[...detailsOf(patient, t), t('import.records', { count: patient.count })].join(' · ')}
          />
        ))}
        {shown < patients.length ? (
          <Button variant="default" onClick={() => setShown(shown + PEOPLE)}>
            {t('import.morePeople')}
          </Button>
        ) : null}
      </Stack>
    </Radio.Group>
  )
}
