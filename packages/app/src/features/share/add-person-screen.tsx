/** Adding a holder or a manager in two steps: who (their code, words compared), and what they become. */
import { Button, Group, Stack } from '@mantine/core'
import type { Grantee, OwnerRole } from '@chartkeep/sync'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { addressOf } from '../../app/place/addresses.ts'
import { useChart } from '../../app/context/app-context.tsx'
import { patientText } from '../../app/words/chart-patient.ts'
import { Delayed } from '../../app/hooks/delayed.tsx'
import { useObservable } from '../../app/hooks/use-observable.ts'
import { ChooseOne } from '../../ui/fields/choices.tsx'
import { Banner, Problem } from '../../ui/display/status-mark.tsx'
import { useProblemText } from './holder-action.tsx'
import { Who } from '../../app/people/who.tsx'
import { Wizard } from '../../app/people/wizard.tsx'

const STEPS = 2
const MAX_HOLDERS = 2

export function AddPersonScreen() {
  const { t } = useTranslation()
  const { summary } = useChart()
  const [person, setPerson] = useState<Grantee | null>(null)
  const [step, setStep] = useState(1)
  return (
    <Wizard
      name="person"
      back={{ href: addressOf('share', summary.slot, 'people'), place: t('people.title') }}
      step={step}
      all={STEPS}
      title={step === 1 || person === null ? t('people.add') : t('people.roleTitle')}
    >
      {step === 1 || person === null ? (
        <Who
          grantee={person}
          onDone={(chosen) => {
            setPerson(chosen)
            setStep(2)
          }}
        />
      ) : (
        <Role person={person} onBack={() => setStep(1)} />
      )}
    </Wizard>
  )
}

function Role({ person, onBack }: { person: Grantee; onBack: () => void }) {
  const { t } = useTranslation()
  const { chart, summary } = useChart()
  const owners = useObservable(chart.owners.state$)
  const records = useObservable(chart.all$)
  const problemText = useProblemText()
  const [role, setRole] = useState<OwnerRole>('manager')
  const [problem, setProblem] = useState('')
  const [isWorking, setWorking] = useState(false)
  if (owners === undefined || records === undefined) return <Delayed />
  const { name } = person
  const holders = owners.people.filter(({ ended, role: has }) => ended === null && has === 'holder').length
  const mayHold = owners.role === 'holder' && holders < MAX_HOLDERS
  const add = async () => {
    setWorking(true)
    setProblem('')
    try {
      const shown = {
        name: summary.name,
        birthDate: patientText(records, 'birthDate') || summary.birthDate,
      }
      const refused = problemText(await chart.owners.add({ person, role, shown }), name)
      if (refused === '') window.location.hash = addressOf('share', summary.slot, 'people')
      else setProblem(refused)
    } catch {
      setProblem(t('people.failed'))
    } finally {
      setWorking(false)
    }
  }
  return (
    <Stack gap="lg">
      <p>
        <strong>{name}</strong>
      </p>
      {mayHold ? (
        <ChooseOne
          id="role"
          legend={t('people.role')}
          value={role}
          isOptional={false}
          onChange={(value) => setRole(value as OwnerRole)}
          choices={[
            { value: 'manager', label: t('people.roleManager') },
            { value: 'holder', label: t('people.roleHolder') },
          ]}
        />
      ) : (
        <p>{owners.role === 'holder' ? t('people.twoHolders') : t('people.managerAdds')}</p>
      )}
      <Banner status="info">{t('people.honest', { name })}</Banner>
      <Problem text={problem} />
      <Group gap="sm">
        <Button onClick={() => void add()} loading={isWorking}>
          {role === 'holder' ? t('people.goHolder', { name }) : t('people.goManager', { name })}
        </Button>
        <Button variant="default" onClick={onBack}>
          {t('deed.back')}
        </Button>
      </Group>
    </Stack>
  )
}
