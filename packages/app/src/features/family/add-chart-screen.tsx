/** Another person's chart in this account, with keys of its own. Needs no network. */
import { Button, Stack } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { addressOf } from '../../app/place/addresses.ts'
import { useSession } from '../../app/context/app-context.tsx'
import { usePersonLabel } from '../../app/people/use-person-label.ts'
import { useSessionCharts } from '../../app/context/charts-in-session.tsx'
import { Screen } from '../../app/place/screen.tsx'
import { Card, ScreenHead } from '../../ui/display/card.tsx'
import { parseDateEntry } from '../../ui/fields/date-entry.ts'
import { DateField } from '../../ui/fields/date-field.tsx'
import { ErrorSummary } from '../../ui/fields/error-summary.tsx'
import { useFieldErrors } from '../../ui/fields/use-field-errors.ts'
import { TONES } from '../../ui/display/person-chip.tsx'
import { Problem } from '../../ui/display/status-mark.tsx'
import { LookFields, type LookValues } from './look-fields.tsx'
import styles from './family.module.css'

export function AddChartScreen() {
  const { t } = useTranslation()
  const session = useSession()
  const { charts } = useSessionCharts()
  const personOf = usePersonLabel()
  // A colour that no other chart has, so that two people never look alike by chance.
  const [values, setValues] = useState<LookValues>(() => {
    const taken = new Set((charts ?? []).map((chart) => personOf(chart).tone))
    const free = TONES.findIndex((_, index) => !taken.has(index))
    return { name: '', kin: '', symbol: '', tone: Math.max(0, free) }
  })
  const [birthDate, setBirthDate] = useState('')
  const { errors, attempt, errorOf, refuse } = useFieldErrors()
  const [problem, setProblem] = useState('')
  const [isWorking, setWorking] = useState(false)
  const name = values.name.trim()
  const add = async (event: FormEvent) => {
    event.preventDefault()
    const born = parseDateEntry(birthDate)
    const found = [
      ...(name === '' ? [{ field: 'name', message: t('form.required', { field: t('household.name') }) }] : []),
      ...(birthDate.trim() !== '' && born === null ? [{ field: 'birthDate', message: t('date.bad') }] : []),
    ]
    if (refuse(found)) return
    setWorking(true)
    setProblem('')
    try {
      const chart = await session.createChart({ name, birthDate: born ?? '', look: { ...values, name } })
      window.location.hash = addressOf('overview', chart.slot)
    } catch {
      setProblem(session.isJoined ? t('household.failed') : t('household.notJoined'))
      setWorking(false)
    }
  }
  return (
    <Screen word="settings" focusKey="add">
      <ScreenHead title={t('household.add')} />
      <p>{t('household.addIntro')}</p>
      <form className={styles.form} onSubmit={(event) => void add(event)} noValidate autoComplete="off">
        <ErrorSummary errors={errors} attempt={attempt} />
        <Card>
          <Stack gap="lg">
            <LookFields
              values={values}
              nameError={errorOf('name')}
              onChange={(change) => setValues((before) => ({ ...before, ...change }))}
            />
            <DateField
              id="birthDate"
              label={t('household.birthDate')}
              value={birthDate}
              error={errorOf('birthDate')}
              onChange={setBirthDate}
            />
            <Problem text={problem} />
            <Button type="submit" loading={isWorking}>
              {name === '' ? t('household.startBlank') : t('household.start', { name })}
            </Button>
          </Stack>
        </Card>
      </form>
    </Screen>
  )
}
