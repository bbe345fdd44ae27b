/**
 * A chart that was shared and not yet identified: it is opened only once a member has compared who the person is. Where the chart gives nothing to
 * compare with, the card says so and asks for the code, or for the record number under which the practice knows the person.
 */
import { Button, Group, Stack, TextInput } from '@mantine/core'
import type { ChartSummary } from '@chartkeep/sync'
import type { TFunction } from 'i18next'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useChartLabel } from '../../app/people/use-chart-label.ts'
import { useSession } from '../../app/context/app-context.tsx'
import { MayNot } from '../../app/practice/may-not.tsx'
import { usePractice } from '../../app/practice/practice-context.tsx'
import type { PatientRecord } from '../../app/practice/patient-records.ts'
import { useAction } from '../../app/actions/use-action.ts'
import { formatDate, formatMoment } from '../../i18n/dates.ts'
import { currentLanguage } from '../../i18n/index.ts'
import { parseDateEntry } from '../../ui/fields/date-entry.ts'
import { DateField } from '../../ui/fields/date-field.tsx'
import { Facts } from '../../ui/display/card.tsx'
import { Banner, Problem } from '../../ui/display/status-mark.tsx'
import { IdentityCode } from './identity-code.tsx'
import { type Comparable, comparableOf, isOneOf, isSameDate } from './told-identity.ts'
import { savePatient, whoHasNumber } from './save-patient.ts'

export function OfferedCard({ chart, records }: { chart: ChartSummary; records: ReadonlyMap<string, PatientRecord> }) {
  const { t } = useTranslation()
  const labelOf = useChartLabel()
  const session = useSession()
  const { practice, vault } = usePractice()
  const [isAsking, setAsking] = useState(false)
  const [isByCode, setByCode] = useState(false)
  const comparable = comparableOf(chart)
  const [told, setTold] = useState('')
  /** The name in the code of somebody who holds the chart; '' before one was shown. */
  const [shown, setShown] = useState('')
  const [number, setNumber] = useState('')
  const [wrong, setWrong] = useState<{ field: 'told' | 'number'; text: string } | null>(null)
  const { isWorking, problem, run } = useAction()
  const language = currentLanguage()
  const id = `identify-${chart.slot}`
  const needsNumber = comparable.way === 'nothing' && !isByCode && shown === ''
  // Enter in the field of the number asks for the deed too.
  const mayConfirm = !isByCode || shown !== ''
  const confirm = (event: FormEvent) => {
    event.preventDefault()
    if (!mayConfirm || isWorking) return
    const refusal = shown === '' ? notCompared(comparable, { told, number }, t) : null
    if (refusal !== null) return setWrong(refusal)
    const other = whoHasNumber(number, chart.id, records)
    if (other !== null) return setWrong({ field: 'number', text: t('patients.numberTaken', { name: other }) })
    setWrong(null)
    const before = records.get(chart.id)
    void run(async () => {
      const outcome = await savePatient(vault, before, {
        chart,
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
      <h3 id={`${id}-name`}>{labelOf(chart)}</h3>
      <Facts
        items={[
          {
            label: t('patients.born'),
            value: comparable.way === 'date' ? formatDate(comparable.birthDate, language) : t('clinic.noBirthDate'),
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
            {comparable.way === 'nothing' ? (
              <Banner status="attention">{t('patients.nothingGiven')}</Banner>
            ) : (
              <p>{t(comparable.way === 'date' ? 'patients.identifyHow' : 'patients.identifyByNumber')}</p>
            )}
            <Problem text={problem} />
            {shown !== '' ? (
              <Banner status="good">{t('patients.codeHolds', { name: shown, chart: labelOf(chart) })}</Banner>
            ) : (
              <>
                {isByCode ? (
                  <IdentityCode chart={chart} onProved={setShown} />
                ) : comparable.way === 'date' ? (
                  <DateField
                    id={`${id}-date`}
                    label={t('patients.asked')}
                    value={told}
                    onChange={setTold}
                    error={wrong?.field === 'told' ? wrong.text : undefined}
                  />
                ) : comparable.way === 'number' ? (
                  <TextInput
                    label={t('patients.askedNumber')}
                    value={told}
                    error={wrong?.field === 'told' ? wrong.text : undefined}
                    onChange={(event) => setTold(event.currentTarget.value)}
                    autoComplete="off"
                  />
                ) : null}
                <Button variant="subtle" w="fit-content" onClick={() => setByCode(!isByCode)}>
                  {t(
                    !isByCode ? 'patients.byCode' : comparable.way === 'date' ? 'patients.byDate' : 'patients.byNumber',
                  )}
                </Button>
              </>
            )}
            <TextInput
              label={t('patients.newNumber')}
              description={t(needsNumber ? 'patients.needNumberHint' : 'patients.newNumberHint')}
              required={needsNumber}
              value={number}
              error={wrong?.field === 'number' ? wrong.text : undefined}
              onChange={(event) => setNumber(event.currentTarget.value)}
              autoComplete="off"
            />
            <Group gap="sm">
              {mayConfirm ? (
                <Button type="submit" loading={isWorking}>
                  {t(needsNumber ? 'patients.confirmByFiles' : 'patients.confirm')}
                </Button>
              ) : null}
              <Button variant="default" onClick={leave}>
                {t('deed.notNow')}
              </Button>
            </Group>
          </Stack>
        </form>
      ) : (
        <Button mt="sm" onClick={() => setAsking(true)} aria-label={`${t('patients.identify')}: ${labelOf(chart)}`}>
          {t('patients.identify')}
        </Button>
      )}
    </section>
  )
}

/** What keeps the member from going on: nothing was told, or it is not what the chart gives; null where it fits. */
function notCompared(
  comparable: Comparable,
  { told, number }: { told: string; number: string },
  t: TFunction,
): { field: 'told' | 'number'; text: string } | null {
  switch (comparable.way) {
    case 'date': {
      const date = parseDateEntry(told)
      if (date === null || date === '') return { field: 'told', text: t('patients.needDate') }
      return isSameDate(comparable.birthDate, date) ? null : { field: 'told', text: t('patients.differs') }
    }
    case 'number':
      if (told.trim() === '') return { field: 'told', text: t('patients.needNumber') }
      return isOneOf(comparable.numbers, told) ? null : { field: 'told', text: t('patients.numberDiffers') }
    case 'nothing':
      return number.trim() === '' ? { field: 'number', text: t('patients.needOwnNumber') } : null
  }
}
