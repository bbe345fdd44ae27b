/**
 * To whom a message goes. The patient's side names the practice or the person: of several who read the list the one that is chosen, in a thread whom
 * it is with. That decides for whom it waits; who can read it is decided by place, and said here. Everybody else writes to the patient.
 */
import {
  accountReference,
  type CareReference,
  chartReference,
  practiceReference,
  type Thread,
  type ThreadParty,
} from '@chartkeep/domain'
import { useTranslation } from 'react-i18next'
import { useChart } from '../../app/app-context.tsx'
import { useCareSelf } from '../../app/care/care-chart.ts'
import { useListReaders } from '../../app/care/list-readers.ts'
import { ChooseOne } from '../../ui/choices.tsx'
import { Banner } from '../../ui/status-mark.tsx'

/** Choice of all who read the list. */
const ALL = 'all'

export interface Addressee {
  /** As the message names them; null while one has to be chosen, undefined until it is known who reads the list. */
  to: readonly CareReference[] | null | undefined
  /** On the patient's side alone. */
  readers: readonly ThreadParty[] | null
  /** Whom it is with already; empty where that is for this message to say. */
  parties: readonly ThreadParty[]
  chosen: readonly ThreadParty[]
}

/** `choice`: what was chosen in {@link AddresseeField}. */
export function useAddressee(thread: Thread | null, choice: string): Addressee {
  const { summary } = useChart()
  const { asked } = useCareSelf()
  const readers = useListReaders('messages')
  const parties = thread?.parties ?? []
  if (asked !== null) return { to: [chartReference(summary.id, summary.name)], readers: null, parties: [], chosen: [] }
  if (readers === undefined) return { to: undefined, readers: [], parties, chosen: [] }
  const isOpen = parties.length === 0 && readers.length > 1
  const chosen = !isOpen
    ? parties.length > 0
      ? parties
      : readers
    : choice === ALL
      ? readers
      : readers.filter(({ account }) => account === choice)
  const to = isOpen && chosen.length === 0 ? null : chosen.map(referenceOf)
  return { to, readers, parties, chosen }
}

function referenceOf({ account, name, isPractice }: ThreadParty): CareReference {
  return isPractice ? practiceReference(account, name) : accountReference(account, name)
}

/** Asks to whom where that is open, and says who else can read it. */
export function AddresseeField({
  addressee: { to, readers, parties, chosen },
  value,
  onChange,
  isMissing,
}: {
  addressee: Addressee
  value: string
  onChange: (choice: string) => void
  isMissing: boolean
}) {
  const { t } = useTranslation()
  if (readers === null || to === undefined) return null
  const namesOf = (people: readonly ThreadParty[]) => people.map(({ name }) => name).join(t('share.comma'))
  const isIn = (people: readonly ThreadParty[], { account }: ThreadParty) =>
    people.some((one) => one.account === account)
  const gone = parties.filter((party) => !isIn(readers, party))
  const reached = chosen.filter((party) => !isIn(gone, party))
  const others = readers.filter((reader) => !isIn(chosen, reader))
  return (
    <>
      {parties.length === 0 && readers.length > 1 ? (
        <ChooseOne
          id="message-to"
          legend={t('messages.toWhom')}
          choices={[
            ...readers.map(({ account, name }) => ({ value: account, label: name })),
            { value: ALL, label: t('messages.toAll') },
          ]}
          value={value}
          onChange={onChange}
          error={isMissing ? t('messages.needWhom') : undefined}
          isOptional={false}
        />
      ) : null}
      {gone.length > 0 ? <Banner status="attention">{t('messages.partyGone', { names: namesOf(gone) })}</Banner> : null}
      {reached.length > 0 ? (
        <p>{t('messages.goesTo', { names: namesOf(reached) })}</p>
      ) : readers.length === 0 && gone.length === 0 ? (
        <p>{t('messages.goesToNobody')}</p>
      ) : null}
      {others.length === 0 ? null : chosen.length > 0 ? (
        <p>{t('messages.othersRead', { names: namesOf(others) })}</p>
      ) : (
        <p>{t('messages.allRead')}</p>
      )}
    </>
  )
}
