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
import { useChart } from '../../app/context/app-context.tsx'
import { useCareSelf } from '../../app/care/messages/care-chart.ts'
import { noAnswerWords } from '../../app/care/sharing/answering.ts'
import { useAnswering, useListReaders } from '../../app/care/sharing/list-readers.ts'
import { ShareFirst } from '../../app/care/sharing/share-first.tsx'
import { ChooseOne } from '../../ui/fields/choices.tsx'
import { Banner } from '../../ui/display/status-mark.tsx'

/** Choice of all who read the list. */
const ALL = 'all'

export interface Addressee {
  /** As the message names them; null while one has to be chosen, undefined until it is known who reads the list. */
  to: readonly CareReference[] | null | undefined
  /** Who can read it and, of them, who can answer; on the patient's side alone. */
  readers: readonly ThreadParty[] | null
  askable: readonly ThreadParty[]
  /** Whom it is with already; empty where that is for this message to say. */
  parties: readonly ThreadParty[]
  chosen: readonly ThreadParty[]
  /** Why nobody of those can read and answer it, so that it is not sent; '' where somebody can. */
  nobody: string
}

/** `choice`: what was chosen in {@link AddresseeField}. */
export function useAddressee(thread: Thread | null, choice: string): Addressee {
  const { t } = useTranslation()
  const { summary } = useChart()
  const { asked } = useCareSelf()
  const readers = useListReaders('messages')
  const answering = useAnswering('messages')
  const parties = thread?.parties ?? []
  if (asked !== null) {
    const to = [chartReference(summary.id, summary.name)]
    return { to, readers: null, askable: [], parties: [], chosen: [], nobody: '' }
  }
  if (readers === undefined || !answering)
    return { to: undefined, readers: [], askable: [], parties, chosen: [], nobody: '' }
  // Whoever may read the list and not write in it is asked nothing.
  const askable = answering.people
  const isOpen = parties.length === 0 && askable.length > 1
  const chosen = !isOpen
    ? parties.length > 0
      ? parties
      : askable
    : choice === ALL
      ? askable
      : askable.filter(({ account }) => account === choice)
  const to = isOpen && chosen.length === 0 ? null : chosen.map(referenceOf)
  const isReached = isOpen || chosen.some(({ account }) => noAnswerWords(answering, account, t) === '')
  const nobody = isReached ? '' : noAnswerWords(answering, parties[0]?.account ?? null, t) || t('care.nobodyAnswers')
  return { to, readers, askable, parties, chosen, nobody }
}

function referenceOf({ account, name, isPractice }: ThreadParty): CareReference {
  return isPractice ? practiceReference(account, name) : accountReference(account, name)
}

/** Asks to whom where that is open, and says who else can read it. */
export function AddresseeField({
  addressee: { to, readers, askable, parties, chosen, nobody },
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
      {parties.length === 0 && askable.length > 1 ? (
        <ChooseOne
          id="message-to"
          legend={t('messages.toWhom')}
          choices={[
            ...askable.map(({ account, name }) => ({ value: account, label: name })),
            { value: ALL, label: t('messages.toAll') },
          ]}
          value={value}
          onChange={onChange}
          error={isMissing ? t('messages.needWhom') : undefined}
          isOptional={false}
        />
      ) : null}
      {gone.length > 0 ? <Banner status="attention">{t('messages.partyGone', { names: namesOf(gone) })}</Banner> : null}
      {nobody === '' ? null : <ShareFirst list="messages" words={nobody} />}
      {reached.length > 0 && nobody === '' ? <p>{t('messages.goesTo', { names: namesOf(reached) })}</p> : null}
      {others.length === 0 ? null : chosen.length > 0 ? (
        <p>{t('messages.othersRead', { names: namesOf(others) })}</p>
      ) : (
        <p>{t('messages.allRead')}</p>
      )}
    </>
  )
}
