/** Who is to do something that waits, and its story; giving it to somebody with a date and words. For members. */
import {
  assignmentsOf,
  CareReader,
  chartReference,
  type Collection,
  mayAssignIn,
  newAssignment,
  nextAssignmentAt,
  stringifyJson,
  type WorkFocus,
} from '@chartkeep/domain'
import type { ChartSummary } from '@chartkeep/sync'
import { Button, NativeSelect, Stack, TextInput } from '@mantine/core'
import { type FormEvent, useId, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { firstValueFrom } from 'rxjs'
import { formatDate, formatMoment } from '../../../i18n/dates.ts'
import { currentLanguage } from '../../../i18n/index.ts'
import { Card } from '../../../ui/display/card.tsx'
import { parseDueEntry } from '../../../ui/fields/date-entry.ts'
import { DateField } from '../../../ui/fields/date-field.tsx'
import { Problem } from '../../../ui/display/status-mark.tsx'
import { useAction } from '../../actions/use-action.ts'
import { useObservable } from '../../hooks/use-observable.ts'
import { useFormValues } from '../../../ui/forms/form-draft.ts'
import { limited } from '../../../ui/fields/limited.tsx'
import { WithDraft } from '../../drafts/with-draft.tsx'
import { MayNot } from '../../practice/may-not.tsx'
import { usePractice } from '../../practice/practice-context.tsx'
import { usePracticeRecords } from '../../practice/practice-records.ts'

/** Keeps an assignment in the practice's own records; false where it could not be. */
export function useAssign(): (
  to: { focus: WorkFocus; list: Collection; chart: Pick<ChartSummary, 'id' | 'name'> },
  how: { owner: string; due: string; comment: string },
) => Promise<boolean> {
  const { practice, vault } = usePractice()
  const members = useObservable(practice.members$)
  return async ({ focus, list, chart }, { owner, due, comment }) => {
    const member = members?.find(({ id }) => id === owner)
    const tasks = (await firstValueFrom(vault.list$(list))).filter(({ type }) => type === 'Task')
    const story = assignmentsOf(new CareReader('', () => true).entries(tasks), focus)
    const task = newAssignment({
      focus,
      list,
      about: chartReference(chart.id, chart.name),
      owner: member === undefined ? null : { id: member.id, name: member.name },
      by: { id: practice.me.id, name: practice.me.name },
      at: nextAssignmentAt(story, Date.now()),
      due,
      comment,
    })
    return (await vault.save({ collection: list, resource: stringifyJson(task) })).type === 'saved'
  }
}

/** Members to whom work can be given, as the choices of a field. */
function useColleagues(): { value: string; label: string }[] {
  const { t } = useTranslation()
  const { practice } = usePractice()
  const members = useObservable(practice.members$)
  const able = (members ?? []).filter(({ removed, roles }) => !removed && roles.some((role) => role !== 'auditor'))
  return [
    { value: '', label: t('work.nobody') },
    ...able.map(({ id, name, me }) => ({ value: id, label: me ? t('work.me', { name }) : name })),
  ]
}

const EMPTY = { owner: '', due: '', comment: '' }

interface FormProps {
  onDone: () => void
  /** Resolves to what went wrong, in words; '' on success. */
  onAssign: (how: typeof EMPTY) => Promise<string>
}

/** Fields of an assignment; `slot` names what is assigned. */
export function AssignForm({ slot, ...props }: FormProps & { slot: string }) {
  return <WithDraft slot={`assign ${slot}`}>{({ done }) => <Fields {...props} onAssigned={done} />}</WithDraft>
}

function Fields({ onDone, onAssign, onAssigned }: FormProps & { onAssigned: () => Promise<void> }) {
  const { t } = useTranslation()
  const id = useId()
  const colleagues = useColleagues()
  const { values, setValues } = useFormValues(EMPTY)
  const { owner, due, comment } = values
  const change = (part: Partial<typeof EMPTY>) => setValues((before) => ({ ...before, ...part }))
  const [isDateBad, setDateBad] = useState(false)
  const { isWorking, problem, run } = useAction()
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    const date = parseDueEntry(due)
    setDateBad(date === null)
    if (date === null || !(await run(() => onAssign({ owner, due: date, comment })))) return
    await onAssigned()
    onDone()
  }
  return (
    <form onSubmit={(event) => void submit(event)} noValidate autoComplete="off">
      <Stack gap="md" maw={480}>
        <Problem text={problem} />
        <NativeSelect
          label={t('work.to')}
          value={owner}
          onChange={(event) => change({ owner: event.currentTarget.value })}
          data={colleagues}
        />
        <DateField
          isDay
          id={`${id}-due`}
          label={t('work.dueOptional')}
          value={due}
          onChange={(typed) => change({ due: typed })}
          error={isDateBad ? t('date.badDay') : undefined}
        />
        <TextInput
          label={t('work.comment')}
          value={comment}
          {...limited(comment, 500, t)}
          onChange={(event) => change({ comment: event.currentTarget.value })}
        />
        <Button type="submit" loading={isWorking}>
          {t('work.handOver')}
        </Button>
        <Button variant="default" onClick={onDone}>
          {t('deed.cancel')}
        </Button>
      </Stack>
    </form>
  )
}

/** Whose it is now, how it came to them, and the way to hand it over. */
export function AssignPart({ focus, list, chart }: { focus: WorkFocus; list: Collection; chart: ChartSummary }) {
  const { t } = useTranslation()
  const { practice } = usePractice()
  const lists = useMemo(() => [list], [list])
  const entries = usePracticeRecords(lists)
  const story = useMemo(() => (entries ? assignmentsOf(entries, focus) : []), [entries, focus])
  const assign = useAssign()
  const [isOpen, setOpen] = useState(false)
  const language = currentLanguage()
  return (
    <Card title={t('work.whose')}>
      <p>{story[0]?.owner ? t('work.with', { name: story[0].owner.name }) : t('work.withNobody')}</p>
      {story.length > 0 ? (
        <ul>
          {story.map((one) => (
            <li key={`${one.at} ${one.owner?.id ?? ''}`}>
              {t(one.owner ? 'work.gave' : 'work.gaveBack', {
                by: one.by?.name ?? '',
                to: one.owner?.name ?? '',
                time: formatMoment(new Date(one.at), language),
              })}
              {one.due === '' ? '' : ` ${t('work.dueOn', { date: formatDate(one.due, language) })}`}
              {one.comment === '' ? '' : ` ${t('work.said', { text: one.comment })}`}
            </li>
          ))}
        </ul>
      ) : null}
      {!mayAssignIn(practice.me.roles, list) ? (
        <MayNot what={{ handsOver: list }} />
      ) : isOpen ? (
        <AssignForm
          slot={`${chart.slot} ${Object.values(focus).join(' ')}`}
          onDone={() => setOpen(false)}
          onAssign={async (how) => ((await assign({ focus, list, chart }, how)) ? '' : t('work.failed'))}
        />
      ) : (
        <Button variant="default" onClick={() => setOpen(true)}>
          {t('work.handOver')}
        </Button>
      )}
    </Card>
  )
}
