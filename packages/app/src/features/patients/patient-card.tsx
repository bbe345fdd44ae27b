/** What the practice keeps of a patient itself: record number, and who looks after them. */
import { Button, NativeSelect, Stack, TextInput } from '@mantine/core'
import type { ChartSummary } from '@chartkeep/sync'
import { type FormEvent, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { usePatientRecords } from '../../app/practice/patient-records.ts'
import { MayNot } from '../../app/practice/may-not.tsx'
import { usePractice } from '../../app/practice/practice-context.tsx'
import { useAction } from '../../app/actions/use-action.ts'
import { useObservable } from '../../app/hooks/use-observable.ts'
import { Card, Facts } from '../../ui/display/card.tsx'
import { Problem } from '../../ui/display/status-mark.tsx'
import { savePatient, whoHasNumber } from './save-patient.ts'

/** Members who may look after patients: all but those who only administer or audit. */
export function PatientCard({ chart }: { chart: ChartSummary }) {
  const { t } = useTranslation()
  const { practice, vault } = usePractice()
  const records = usePatientRecords()
  const record = records?.get(chart.id)
  const current = useRef(record)
  current.current = record
  const members = useObservable(practice.members$) ?? []
  const [isOpen, setOpen] = useState(false)
  const [number, setNumber] = useState('')
  const [assigned, setAssigned] = useState('')
  const { isWorking, problem, setProblem, run } = useAction()
  const carers = members.filter(
    ({ removed, roles }) => !removed && roles.some((role) => role !== 'admin' && role !== 'auditor'),
  )
  // As the member has read it: what a colleague wrote meanwhile is shown above before it is written over.
  const [begun, setBegun] = useState(record)
  const begin = () => {
    setBegun(record)
    setNumber(record?.number ?? '')
    setAssigned(record?.assigned?.id ?? '')
    setProblem('')
    setOpen(true)
  }
  const save = (event: FormEvent) => {
    event.preventDefault()
    if (isWorking) return
    const other = whoHasNumber(number, chart.id, records ?? new Map())
    if (other !== null) return setProblem(t('patients.numberTaken', { name: other }))
    const member = carers.find(({ id }) => id === assigned)
    void run(async () => {
      const outcome = await savePatient(vault, begun, {
        chart,
        practice: practice.name,
        number,
        assigned: member ? { id: member.id, name: member.name } : null,
      })
      if (outcome === 'changed') {
        setBegun(current.current)
        return t('patients.changedMeanwhile')
      }
      if (outcome !== 'saved') return t('patients.failed')
      setOpen(false)
      return ''
    })
  }
  return (
    <Card title={t('patients.details')}>
      <Facts
        items={[
          { label: t('patients.number'), value: record?.number || t('clinic.noNumber') },
          { label: t('patients.assigned'), value: record?.assigned?.name ?? t('patients.nobody') },
        ]}
      />
      {!practice.may('confirm-identity') ? (
        <MayNot what="confirm-identity" />
      ) : isOpen ? (
        <form onSubmit={save} noValidate>
          <Stack gap="md" mt="md">
            <Problem text={problem} />
            <TextInput
              label={t('patients.newNumber')}
              description={t('patients.newNumberHint')}
              value={number}
              onChange={(event) => setNumber(event.currentTarget.value)}
              autoComplete="off"
            />
            <NativeSelect
              label={t('patients.assign')}
              value={assigned}
              onChange={(event) => setAssigned(event.currentTarget.value)}
              data={[
                { value: '', label: t('patients.nobody') },
                ...carers.map(({ id, name }) => ({ value: id, label: name })),
              ]}
            />
            <Button type="submit" loading={isWorking}>
              {t('deed.save')}
            </Button>
            <Button variant="default" onClick={() => setOpen(false)}>
              {t('deed.cancel')}
            </Button>
          </Stack>
        </form>
      ) : (
        <Button variant="default" mt="md" onClick={begin}>
          {t('patients.change')}
        </Button>
      )}
    </Card>
  )
}
