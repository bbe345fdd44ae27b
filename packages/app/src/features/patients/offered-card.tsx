/** A chart that was shared and not yet identified: it is opened only once a member has compared who the person is. */
import { Button, Group, Stack, TextInput } from '@mantine/core'
import type { ChartSummary } from '@chartkeep/sync'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useSession } from '../../app/app-context.tsx'
import { MayNot } from '../../app/care/may-not.tsx'
import { usePractice } from '../../app/care/practice-context.tsx'
import type { PatientRecord } from '../../app/care/patient-records.ts'
import { useDeed } from '../../app/use-deed.ts'
import { formatDate, formatMoment } from '../../i18n/dates.ts'
import { currentLanguage } from '../../i18n/index.ts'
import { parseDateEntry } from '../../ui/date-entry.ts'
import { DateField } from '../../ui/date-field.tsx'
import { Facts } from '../../ui/card.tsx'
import { Banner, Problem } from '../../ui/status-mark.tsx'
import { IdentityCode } from './identity-code.tsx'
import { savePatient, whoHasNumber } from './save-patient.ts'

export function OfferedCard({ chart, records }: { chart: ChartSummary; records: ReadonlyMap<string, PatientRecord> }) {
  const { t } = useTranslation()
  const session = useSession()
  const { practice, vault } = usePractice()
  const [isAsking, setAsking] = useState(false)
  const [way, setWay] = useState<'date' | 'code'>('date')
  const [told, setTold] = useState('')
  /** The name in the code of somebody who holds the chart; '' before one was shown. */
  const [shown, setShown] = useState('')
  const [number, setNumber] = useState('')
  const [wrong, setWrong] = useState<{ field: 'date' | 'number'; text: string } | null>(null)
  const { isWorking, problem, run } = useDeed()
  const language = currentLanguage()
  const id = `identify-${chart.slot}`
  // Enter in the field of the number asks for the deed too.
  const mayConfirm = way === 'date' || shown !== ''
  const confirm = (event: FormEvent) => {
    event.preventDefault()
    if (!mayConfirm || isWorking) return
    const known = chart.birthDate
    const date = shown === '' ? parseDateEntry(told) : known
    if (date === null) return setWrong({ field: 'date', text: t('patients.needDate') })
    // The shorter of the two is all that is known of one of them.
    const length = Math.min(known.length, date.length)
    if (known !== '' && known.slice(0, length) !== date.slice(0, length))
      return setWrong({ field: 'date', text: t('patients.differs') })
    const other = whoHasNumber(number, chart.id, records)
    if (other !== null) return setWrong({ field: 'number', text: t('patients.numberTaken', { name: other }) })
    setWrong(null)
    const before = records.get(chart.id)
    void run(async () => {
      const outcome = await savePatient(vault, before, {
        chart: { ...chart, birthDate: known || date },
        practice: practice.name,
        number: number.trim() || (before?.number ?? ''),
        assigned: before?.assigned ?? null,
      })
      if (outcome !== 'saved') return t('patients.failed')
      await session.confirmChart(chart.slot)
      return ''
    })
  }
  /** What was proved holds for who stands at the desk now, and for nobody who comes later. */
  const leave = () => {
    setAsking(false)
    setShown('')
    setWrong(null)
  }
  return (
    <section aria-labelledby={`${id}-name`}>
      <h3 id={`${id}-name`}>{chart.name}</h3>
      <Facts
        items={[
          {
            label: t('patients.born'),
            value: chart.birthDate === '' ? t('clinic.noBirthDate') : formatDate(chart.birthDate, language),
          },
          {
            label: t('patients.until'),
            value: chart.until === null ? t('patients.noEnd') : formatMoment(new Date(chart.until), language),
          },
        ]}
      />
      {!practice.may('confirm-identity') ? (
        <MayNot what="confirm-identity" />
      ) : isAsking ? (
        <form onSubmit={confirm} noValidate>
          <Stack gap="md" mt="md" maw={480}>
            <p>{t('patients.identifyHow')}</p>
            <Problem text={problem} />
            {shown !== '' ? (
              <Banner status="good">{t('patients.codeHolds', { name: shown, chart: chart.name })}</Banner>
            ) : (
              <>
                {way === 'code' ? (
                  <IdentityCode chart={chart} onProved={setShown} />
                ) : (
                  <DateField
                    id={`${id}-date`}
                    label={t('patients.asked')}
                    value={told}
                    onChange={setTold}
                    error={wrong?.field === 'date' ? wrong.text : undefined}
                  />
                )}
                <Button variant="subtle" w="fit-content" onClick={() => setWay(way === 'code' ? 'date' : 'code')}>
                  {t(way === 'code' ? 'patients.byDate' : 'patients.byCode')}
                </Button>
              </>
            )}
            <TextInput
              label={t('patients.newNumber')}
              description={t('patients.newNumberHint')}
              value={number}
              error={wrong?.field === 'number' ? wrong.text : undefined}
              onChange={(event) => setNumber(event.currentTarget.value)}
              autoComplete="off"
            />
            <Group gap="sm">
              {mayConfirm ? (
                <Button type="submit" loading={isWorking}>
                  {t('patients.confirm')}
                </Button>
              ) : null}
              <Button variant="default" onClick={leave}>
                {t('deed.notNow')}
              </Button>
            </Group>
          </Stack>
        </form>
      ) : (
        <Button mt="sm" onClick={() => setAsking(true)} aria-label={`${t('patients.identify')}: ${chart.name}`}>
          {t('patients.identify')}
        </Button>
      )}
    </section>
  )
}
