/** What a patient asks for: an appointment, or another time for one that is booked. A wish, kept here and sent when there is a network. */
import {
  type Booking,
  chartReference,
  instantText,
  newRequest,
  practiceReference,
  type WantedTime,
} from '@chartkeep/domain'
import { Button, Stack, Textarea, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useNavigate } from 'react-router'
import { ChartName } from '../../app/people/use-chart-label.ts'
import { addressOf, pathOf } from '../../app/place/addresses.ts'
import { useChart } from '../../app/context/app-context.tsx'
import { useCareWrite } from '../../app/care/messages/care-chart.ts'
import { noAnswerWords } from '../../app/care/sharing/answering.ts'
import { useAnswering } from '../../app/care/sharing/list-readers.ts'
import { ShareFirst } from '../../app/care/sharing/share-first.tsx'
import { WithDraft } from '../../app/drafts/with-draft.tsx'
import { Screen } from '../../app/place/screen.tsx'
import { ChooseOne } from '../../ui/fields/choices.tsx'
import { Card, ScreenHead } from '../../ui/display/card.tsx'
import { localTime, parseDateEntry } from '../../ui/fields/date-entry.ts'
import { DateField } from '../../ui/fields/date-field.tsx'
import { useFormValues } from '../../ui/forms/form-draft.ts'
import { Banner } from '../../ui/display/status-mark.tsx'
import { limited } from '../../ui/fields/limited.tsx'
import { spanText } from './appointment-words.ts'
import { useAskablePractices } from './askable-practices.ts'

/** Parts of a day, in local hours. */
const PARTS = { morning: ['08:00', '12:00'], afternoon: ['12:00', '17:00'], evening: ['17:00', '21:00'] } as const
type Part = keyof typeof PARTS

const EMPTY = { practice: '', what: '', day: '', part: '', other: '', note: '' }

/** `moves`: the booking that is to be moved; null for a new appointment. */
export function RequestForm({ moves }: { moves: Booking | null }) {
  const { summary } = useChart()
  return (
    <WithDraft slot={`request ${summary.slot} ${moves?.id ?? 'new'}`}>
      {({ done }) => <Fields moves={moves} onSent={done} />}
    </WithDraft>
  )
}

function Fields({ moves, onSent }: { moves: Booking | null; onSent: () => Promise<void> }) {
  const { t } = useTranslation()
  const { summary } = useChart()
  const write = useCareWrite('appointments')
  const navigate = useNavigate()
  const { values, setValues } = useFormValues(EMPTY)
  const [problem, setProblem] = useState<'practice' | 'what' | 'day' | 'other' | 'failed' | null>(null)
  const answering = useAnswering('appointments')
  const practices = useAskablePractices()
  // What is to be moved is asked of whoever booked it.
  const nobody = noAnswerWords(answering, moves === null ? null : moves.by.account, t)
  const [isSaving, setSaving] = useState(false)
  const change = (part: Partial<typeof EMPTY>) => setValues((before) => ({ ...before, ...part }))
  const send = async () => {
    // The shares are asked once more: one may have ended while this was typed.
    if (practices === undefined || nobody !== '') return
    const what = moves?.what ?? values.what
    // Of one practice nobody has to be asked which.
    const [only, ...others] = practices
    const chosen = others.length === 0 ? only : practices.find(({ account }) => account === values.practice)
    const practice = moves === null ? chosen : moves.by
    if (moves === null && others.length > 0 && chosen === undefined) return setProblem('practice')
    if (moves === null && what.trim() === '') return setProblem('what')
    const day = parseDateEntry(values.day)
    if (day === null || day.length < 10) return setProblem('day')
    const other = values.other.trim() === '' ? '' : parseDateEntry(values.other)
    if (other === null || (other !== '' && other.length < 10)) return setProblem('other')
    const outcome = await write(
      newRequest({
        about: chartReference(summary.id, summary.name),
        practice: practice === undefined ? null : practiceReference(practice.account, practice.name),
        what,
        wanted: [day, other].filter((one) => one !== '').map((one) => wanted(one, values.part as Part | '')),
        note: values.note,
        moves: moves?.id ?? '',
        created: instantText(Date.now()),
      }),
    )
    if (outcome.type === 'failed') return setProblem('failed')
    await onSent()
    void navigate(pathOf('calendar', summary.slot), { replace: true })
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setProblem(null)
    setSaving(true)
    void send()
      .catch(() => setProblem('failed'))
      .finally(() => setSaving(false))
  }
  return (
    <Screen word="calendar" focusKey={`ask ${moves?.id ?? ''}`}>
      <ScreenHead
        above={
          <a className="ck-alone" href={addressOf('calendar', summary.slot)}>
            {t('calendar.back')}
          </a>
        }
        title={t(moves === null ? 'calendar.ask' : 'calendar.askMove')}
      >
        <ChartName of={summary} />
      </ScreenHead>
      {nobody === '' ? null : <ShareFirst list="appointments" words={nobody} />}
      <Card>
        <form onSubmit={submit} noValidate autoComplete="off">
          <Stack gap="md" maw={560}>
            {problem === 'failed' ? (
              <Banner status="attention" urgent>
                {t('calendar.failed')}
              </Banner>
            ) : null}
            {moves === null && practices !== undefined && practices.length > 1 ? (
              <ChooseOne
                id="asked-practice"
                legend={t('calendar.askWhom')}
                choices={practices.map(({ account, name }) => ({ value: account, label: name }))}
                value={values.practice}
                onChange={(practice) => change({ practice })}
                error={problem === 'practice' ? t('calendar.needPractice') : undefined}
                isOptional={false}
              />
            ) : null}
            {moves === null ? (
              <TextInput
                label={t('calendar.askWhat')}
                value={values.what}
                {...limited(values.what, 200, t)}
                onChange={(event) => change({ what: event.currentTarget.value })}
                error={problem === 'what' ? t('calendar.needWhat') : undefined}
              />
            ) : (
              <p>{t('calendar.nowAt', { time: spanText(moves.start, moves.end) })}</p>
            )}
            <DateField
              isDay
              id="wanted-day"
              label={t('calendar.day')}
              value={values.day}
              onChange={(day) => change({ day })}
              error={problem === 'day' ? t('calendar.needDay') : undefined}
            />
            <ChooseOne
              id="wanted-part"
              legend={t('calendar.part')}
              choices={(Object.keys(PARTS) as Part[]).map((value) => ({ value, label: t(`calendar.parts.${value}`) }))}
              value={values.part}
              onChange={(part) => change({ part })}
            />
            <DateField
              isDay
              id="other-day"
              label={t('calendar.otherDay')}
              value={values.other}
              onChange={(other) => change({ other })}
              error={problem === 'other' ? t('calendar.needDay') : undefined}
            />
            <Textarea
              label={t('calendar.note')}
              value={values.note}
              {...limited(values.note, 2000, t)}
              onChange={(event) => change({ note: event.currentTarget.value })}
              autosize
              minRows={2}
            />
            <p>{t('calendar.askHonest')}</p>
            {nobody === '' ? (
              <Button type="submit" loading={isSaving} disabled={practices === undefined}>
                {t('calendar.sendRequest')}
              </Button>
            ) : null}
          </Stack>
        </form>
      </Card>
    </Screen>
  )
}

function wanted(day: string, part: Part | ''): WantedTime {
  if (part === '' || day.includes('T')) return { start: day, end: '' }
  const [start, end] = PARTS[part]
  const at = (time: string) => localTime(new Date(`${day}T${time}:00`))
  return { start: at(start), end: at(end) }
}
