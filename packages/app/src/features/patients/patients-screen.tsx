/** A practice's patients: found by name, number and birth date; opened; and those whose identity is still to be confirmed. */
import { Box, Button, Stack } from '@mantine/core'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { addressOf } from '../../app/place/addresses.ts'
import { useSession } from '../../app/context/app-context.tsx'
import { isIdentified } from '../../app/practice/chart-name.ts'
import { MayNot } from '../../app/practice/may-not.tsx'
import { usePatients, usePractice } from '../../app/practice/practice-context.tsx'
import { usePatientRecords } from '../../app/practice/patient-records.ts'
import { Delayed } from '../../app/hooks/delayed.tsx'
import { CodeOnScreen } from '../../app/enrol/code-on-screen.tsx'
import { useSharingCode } from '../../app/people/use-sharing-code.ts'
import { Screen } from '../../app/place/screen.tsx'
import { useMinute } from '../../app/hooks/use-minute.ts'
import { currentLanguage } from '../../i18n/index.ts'
import { Card, ScreenHead } from '../../ui/display/card.tsx'
import { EmptyState } from '../../ui/display/empty-state.tsx'
import { FRESH_LIST, type ListMemory, RecordList } from '../../ui/lists/record-list.tsx'
import { Banner } from '../../ui/display/status-mark.tsx'
import { OfferedCard } from './offered-card.tsx'
import { patientFilters, patientRows } from './patient-rows.ts'
import { SearchCharts } from './search-charts.tsx'

/** That opening is recorded was read by this member on this device. */
const TOLD = 'patients-told'
const MEMORY = 'patients'

export function PatientsScreen() {
  const { t } = useTranslation()
  const session = useSession()
  const { practice, keep } = usePractice()
  const patients = usePatients()
  const records = usePatientRecords()
  const now = useMinute()
  const language = currentLanguage()
  const [isTold, setTold] = useState(() => session.setting(TOLD) !== null)
  const rows = useMemo(
    () => (patients && records ? patientRows(patients, records, { t, language, now }) : undefined),
    [patients, records, t, language, now],
  )
  const hasElsewhere = rows?.some(({ isElsewhere }) => isElsewhere) === true
  const filters = useMemo(
    () => patientFilters(practice.me.id, t).filter(({ id }) => id !== 'elsewhere' || hasElsewhere),
    [practice, t, hasElsewhere],
  )
  const offered = (patients ?? []).filter((chart) => !isIdentified(chart) && chart.state === 'open')
  if (rows === undefined)
    return (
      <Screen word="patients">
        <ScreenHead title={t('screen.patients')}>{practice.name}</ScreenHead>
        <Delayed />
      </Screen>
    )
  return (
    <Screen word="patients">
      <ScreenHead
        title={t('screen.patients')}
        actions={
          practice.may('emergency-access') ? (
            <Button component="a" variant="default" href={addressOf('patients', 'emergency')}>
              {t('emerg.held')}
            </Button>
          ) : null
        }
      >
        {practice.name}
      </ScreenHead>
      {isTold ? null : (
        <Banner
          status="info"
          action={
            <Button variant="default" onClick={() => void session.setSetting(TOLD, 'yes').then(() => setTold(true))}>
              {t('patients.gotIt')}
            </Button>
          }
        >
          {t('patients.recorded')}
        </Banner>
      )}
      {offered.length === 0 ? null : (
        <Card title={t('patients.offeredTitle', { count: offered.length })}>
          <Stack gap="xl">
            {offered.map((chart) => (
              <OfferedCard key={chart.slot} chart={chart} records={records ?? new Map()} />
            ))}
          </Stack>
        </Card>
      )}
      <RecordList
        name={t('screen.patients')}
        rows={rows}
        filters={filters}
        memory={(keep.memories.get(MEMORY) as ListMemory | undefined) ?? FRESH_LIST}
        onMemory={(memory) => keep.memories.set(MEMORY, memory)}
        words={{
          search: t('patients.find'),
          heads: {
            title: t('patients.name'),
            value: `${t('patients.born')} · ${t('patients.number')}`,
            date: t('patients.last'),
            by: t('patients.until'),
          },
          none: t('patients.noneFound'),
          // Those behind their filter are not counted as if they were shown.
          count: () => t('patients.count', { count: rows.filter(({ isElsewhere }) => !isElsewhere).length }),
          results: (count, all) => t('patients.results', { count, all }),
          searched: (count) => t('patients.searched', { count }),
        }}
        empty={
          <Card>
            <EmptyState title={t('patients.emptyTitle')}>{t('patients.emptyText')}</EmptyState>
          </Card>
        }
      />
      {rows.length === 0 ? null : (
        <Box mt="lg">
          <SearchCharts charts={(patients ?? []).filter((chart) => chart.confirmed)} />
        </Box>
      )}
      <MayNot what="emergency-access" />
      <OurCode />
    </Screen>
  )
}

/** What patients scan or type to share with the practice. */
function OurCode() {
  const { t } = useTranslation()
  const code = useSharingCode()
  if (!code) return null
  return (
    <Card title={t('patients.ourCode')}>
      <p>{t('patients.ourCodeText')}</p>
      <CodeOnScreen code={code} />
    </Card>
  )
}
