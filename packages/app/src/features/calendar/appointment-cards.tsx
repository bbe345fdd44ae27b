/** A request and a booking as cards, with what whoever looks at them may do. */
import {
  type Booking,
  type BookingRequest,
  cancelled,
  chartReference,
  ended,
  isAskedOf,
  type JsonObject,
  momentOf,
  newCancellation,
  newDecline,
  withdrawn,
} from '@chartkeep/domain'
import type { Practice } from '@chartkeep/sync'
import { Button, Group, Stack, TextInput } from '@mantine/core'
import type { TFunction } from 'i18next'
import { type FormEvent, type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useSession } from '../../app/context/app-context.tsx'
import { usePracticeIfAny } from '../../app/practice/practice-context.tsx'
import type { CareWrite } from '../../app/practice/write-published.ts'
import { formatMoment } from '../../i18n/dates.ts'
import { currentLanguage } from '../../i18n/index.ts'
import { Card, Facts } from '../../ui/display/card.tsx'
import { Banner, StatusMark } from '../../ui/display/status-mark.tsx'
import { limited } from '../../ui/fields/limited.tsx'
import { bookingMark, requestMark, spanText, wantedText } from './appointment-words.ts'

/** Keeps a record about the chart of the card: a new one, or a new version of the stored record `of`. */
export type WriteAbout = (resource: JsonObject, of?: string) => Promise<CareWrite>

interface CardProps {
  write: WriteAbout | null
  /** Shown where the screen is of several patients. */
  patient?: ReactNode
}

/** What was asked for. `href`: where a member answers, or where the patient asks for something else. `noAnswer`: why nobody can, '' where somebody can. */
export function RequestCard({
  request,
  write,
  patient,
  href,
  noAnswer = '',
}: CardProps & { request: BookingRequest; href: string | null; noAnswer?: string }) {
  const { t } = useTranslation()
  const practice = usePracticeIfAny()?.practice ?? null
  const { account } = useSession()
  const mark = noAnswer === '' ? requestMark(request, t) : ({ status: 'attention', word: t('care.noAnswer') } as const)
  const about = chartReference(request.chart)
  const isTheirs = practice !== null && !isAskedOf(request, account)
  const isOpen = request.state === 'waiting' && write !== null && !isTheirs
  const decline = (reason: string) =>
    write!(
      newDecline({
        request: request.id,
        about,
        member: { id: practice?.me.id ?? '', name: practice?.me.name ?? '' },
        reason,
      }),
    )
  return (
    <Card
      title={t(request.moves === '' ? 'calendar.request' : 'calendar.requestMove', {
        what: request.what || t('calendar.visit'),
      })}
      aside={<StatusMark status={mark.status}>{mark.word}</StatusMark>}
      level={3}
      isItem
    >
      <Facts
        items={[
          ...(patient === undefined ? [] : [{ label: t('calendar.patient'), value: patient }]),
          ...(request.practice === null ? [] : [{ label: t('calendar.askedOf'), value: request.practice.name }]),
          {
            label: t('calendar.wanted'),
            value:
              request.wanted.length === 0
                ? t('calendar.anyTime')
                : request.wanted.map(wantedText).join(t('share.comma')),
          },
          { label: t('calendar.askedAt'), value: formatMoment(new Date(momentOf(request.askedAt)), currentLanguage()) },
          ...(request.note === '' ? [] : [{ label: t('calendar.note'), value: request.note }]),
          ...(request.declinedBy === ''
            ? []
            : [
                {
                  label: t('calendar.declinedBy'),
                  value: memberText(request.declinedBy, request.declinedFor, practice, t),
                },
              ]),
          ...(request.reason === '' ? [] : [{ label: t('calendar.why'), value: request.reason }]),
        ]}
      />
      {isTheirs && request.state === 'waiting' ? <p>{t('calendar.askedOther')}</p> : null}
      {noAnswer === '' ? <NotSent isWaiting={request.isWaitingToSend} /> : <p>{noAnswer}</p>}
      {!isOpen ? null : practice === null ? (
        <Actions
          actions={[
            {
              word: t('calendar.withdraw'),
              needsReason: false,
              go: (reason) => write(withdrawn(request.resource, reason), request.record),
            },
          ]}
        />
      ) : (
        <Actions
          first={
            href === null ? null : (
              <Button component="a" href={href}>
                {t('calendar.answer')}
              </Button>
            )
          }
          actions={[{ word: t('calendar.decline'), needsReason: true, go: decline }]}
        />
      )}
    </Card>
  )
}

/** What was booked. `moveHref`: where a member moves it, or the patient asks for another time. */
export function BookingCard({
  booking,
  write,
  patient,
  moveHref,
  now,
}: CardProps & { booking: Booking; moveHref: string | null; now: number }) {
  const { t } = useTranslation()
  const practice = usePracticeIfAny()?.practice ?? null
  const mark = bookingMark(booking, t)
  const isBooked = booking.state === 'booked'
  const actions: Action[] =
    write === null
      ? []
      : practice === null
        ? isBooked && booking.start > now
          ? [
              {
                word: t('calendar.cancel'),
                needsReason: true,
                go: (reason) =>
                  write(newCancellation({ booking: booking.id, about: chartReference(booking.chart), reason })),
              },
            ]
          : []
        : [
            ...(isBooked
              ? [
                  {
                    word: t('calendar.cancel'),
                    needsReason: true,
                    go: (reason: string) => write(cancelled(booking.resource, reason), booking.record),
                  },
                ]
              : []),
            ...(isBooked && booking.start <= now
              ? (['fulfilled', 'noshow'] as const).map((how) => ({
                  word: t(`calendar.deed.${how}`),
                  needsReason: false,
                  go: () => write(ended(booking.resource, how), booking.record),
                }))
              : []),
            ...(booking.cancelledBy === 'patient' && !booking.isNoted
              ? [
                  {
                    word: t('calendar.takeNote'),
                    needsReason: false,
                    go: () => write(cancelled(booking.resource, booking.reason), booking.record),
                  },
                ]
              : []),
          ]
  return (
    <Card
      title={spanText(booking.start, booking.end)}
      aside={<StatusMark status={mark.status}>{mark.word}</StatusMark>}
      level={3}
      isItem
    >
      <Facts
        items={[
          ...(patient === undefined ? [] : [{ label: t('calendar.patient'), value: patient }]),
          { label: t('calendar.what'), value: booking.what || t('calendar.visit') },
          {
            label: t('calendar.withWhom'),
            value: memberText(booking.memberName || t('calendar.nobodyYet'), booking.by.name, practice, t),
          },
          ...(booking.place === '' ? [] : [{ label: t('calendar.place'), value: booking.place }]),
          ...(booking.instruction === '' ? [] : [{ label: t('calendar.instruction'), value: booking.instruction }]),
          ...(booking.movedFrom === null
            ? []
            : [
                { label: t('calendar.movedFrom'), value: formatMoment(new Date(booking.movedFrom), currentLanguage()) },
              ]),
          ...(booking.reason === '' ? [] : [{ label: t('calendar.why'), value: booking.reason }]),
        ]}
      />
      <NotSent isWaiting={booking.isWaitingToSend} />
      <Actions
        first={
          !isBooked || moveHref === null || write === null || (practice === null && booking.start <= now) ? null : (
            <Button component="a" variant="default" href={moveHref}>
              {t(practice === null ? 'calendar.askMove' : 'calendar.move')}
            </Button>
          )
        }
        actions={actions}
      />
    </Card>
  )
}

/** A member as their practice names them; for everybody else with the practice, for nobody but it vouches for the name. */
function memberText(name: string, of: string, practice: Practice | null, t: TFunction): string {
  return practice !== null || of === '' || of === name ? name : t('care.memberOf', { name, practice: of })
}

function NotSent({ isWaiting }: { isWaiting: boolean }) {
  const { t } = useTranslation()
  return isWaiting ? (
    <p>
      <StatusMark status="neutral">{t('calendar.goesOnline')}</StatusMark>
    </p>
  ) : null
}

interface Action {
  word: string
  needsReason: boolean
  go: (reason: string) => Promise<CareWrite>
}

/** Buttons; one that wants a reason asks for it in place. What failed says so and keeps what was typed. */
function Actions({ first = null, actions }: { first?: ReactNode; actions: readonly Action[] }) {
  const { t } = useTranslation()
  const [asking, setAsking] = useState<string | null>(null)
  const [reason, setReason] = useState('')
  const [outcome, setOutcome] = useState<'failed' | 'kept' | 'reason' | null>(null)
  if (first === null && actions.length === 0) return null
  const run = async (action: Action) => {
    setOutcome(null)
    const result = await action.go(reason).catch(() => ({ type: 'failed' as const }))
    setOutcome(result.type === 'saved' ? null : result.type)
    if (result.type !== 'failed') setAsking(null)
  }
  const asked = actions.find(({ word }) => word === asking)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (asked === undefined) return
    if (reason.trim() === '') setOutcome('reason')
    else void run(asked)
  }
  return (
    <Stack gap="sm" mt="md">
      {outcome === 'failed' || outcome === 'kept' ? (
        <Banner status="attention" urgent>
          {t(outcome === 'failed' ? 'calendar.failed' : 'calendar.kept')}
        </Banner>
      ) : null}
      {asked === undefined ? (
        <Group gap="sm">
          {first}
          {actions.map((action) => (
            <Button
              key={action.word}
              variant="default"
              onClick={() => (action.needsReason ? setAsking(action.word) : void run(action))}
            >
              {action.word}
            </Button>
          ))}
        </Group>
      ) : (
        <form onSubmit={submit} noValidate autoComplete="off">
          <Stack gap="sm" maw={480}>
            <TextInput
              label={t('calendar.reason')}
              value={reason}
              {...limited(reason, 500, t, t('calendar.reasonHint'))}
              onChange={(event) => setReason(event.currentTarget.value)}
              error={outcome === 'reason' ? t('calendar.needReason') : undefined}
            />
            <Group gap="sm">
              <Button type="submit">{asked.word}</Button>
              <Button variant="default" onClick={() => setAsking(null)}>
                {t('calendar.keep')}
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Stack>
  )
}
