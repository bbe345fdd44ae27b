/** The visits of a patient in this practice, and the beginning of a new one. */
import { Button } from '@mantine/core'
import { newVisit, stringifyJson, type VisitForm } from '@chartkeep/domain'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useLocation, useNavigate } from 'react-router'
import { ChartName } from '../../app/people/use-chart-label.ts'
import { addressOf, pathOf } from '../../app/place/addresses.ts'
import { useChart } from '../../app/context/app-context.tsx'
import { useVisits, type CareVisit } from '../../app/care/notes/notes.ts'
import { personOfChart } from '../../app/practice/patient-person.ts'
import { MayNot } from '../../app/practice/may-not.tsx'
import { usePractice } from '../../app/practice/practice-context.tsx'
import { Delayed } from '../../app/hooks/delayed.tsx'
import { Screen } from '../../app/place/screen.tsx'
import { formatDate } from '../../i18n/dates.ts'
import { currentLanguage } from '../../i18n/index.ts'
import { Card, ScreenHead } from '../../ui/display/card.tsx'
import { EmptyState } from '../../ui/display/empty-state.tsx'
import type { Mark } from '../../ui/lists/list-rows.ts'
import { PagedLinks } from '../../ui/lists/paged-links.tsx'
import { emptyVisit, VisitFields } from './visit-form.tsx'

/** `new` in place of a slot begins one at once, as (+) does. */
export function VisitsScreen() {
  const { t } = useTranslation()
  const { summary } = useChart()
  const view = usePractice()
  const { practice, vault, keep } = view
  const { pathname } = useLocation()
  const navigate = useNavigate()
  const visits = useVisits(summary.id)
  const [problem, setProblem] = useState('')
  const mayBegin = practice.may('write-note')
  const hrefOf = ({ record }: CareVisit) => keep.slots.slotOf({ type: 'record', id: record.id })
  const begin = async (form: VisitForm) => {
    const resource = stringifyJson(newVisit(form, personOfChart(summary)))
    const saved = await vault.save({ collection: 'encounters', resource })
    if (saved.type !== 'saved') setProblem(t(saved.type === 'full' ? 'note.full' : 'note.noRight'))
    else void navigate(pathOf('visit', summary.slot, keep.slots.slotOf({ type: 'record', id: saved.record.id })))
    return saved.type === 'saved'
  }
  if (pathname.endsWith('/new') && mayBegin)
    return (
      <Screen word="visit" focusKey="new">
        <ScreenHead title={t('visit.new')}>
          <ChartName of={summary} />
        </ScreenHead>
        <Card>
          <VisitFields
            slot={summary.id}
            initial={emptyVisit(practice.may('sign-note') ? { id: practice.me.id, name: practice.me.name } : null)}
            isNew
            current={null}
            problem={problem}
            onSave={begin}
            onCancel={() => void navigate(pathOf('visit', summary.slot))}
          />
        </Card>
      </Screen>
    )
  const beginLink = mayBegin ? (
    <Button component="a" href={addressOf('visit', summary.slot, 'new')}>
      {t('visit.begin')}
    </Button>
  ) : null
  return (
    <Screen word="visit" focusKey={summary.slot}>
      <ScreenHead title={t('visit.title')} actions={beginLink}>
        <ChartName of={summary} />
      </ScreenHead>
      <MayNot what="write-note" />
      {visits === undefined ? (
        <Delayed />
      ) : visits.length === 0 ? (
        <EmptyState title={t('visit.empty')}>{t('visit.emptyText')}</EmptyState>
      ) : (
        <Card flush>
          <PagedLinks
            rows={visits.map((visit) => ({
              id: visit.record.id,
              href: addressOf('visit', summary.slot, hrefOf(visit)),
              title: visit.form.reason || t(`visit.kind.${visit.form.kind}`),
              value: [t(`visit.kind.${visit.form.kind}`), visit.form.department].filter(Boolean).join(' · '),
              date: formatDate(visit.form.start, currentLanguage()),
              marks: [visitMark(visit, t(`visit.state.${visit.state}`))],
            }))}
          />
        </Card>
      )}
    </Screen>
  )
}

/** The state of a visit with its shape and colour. */
export function visitMark({ state }: Pick<CareVisit, 'state'>, word: string): Mark {
  return { status: state === 'open' ? 'info' : 'neutral', word }
}
