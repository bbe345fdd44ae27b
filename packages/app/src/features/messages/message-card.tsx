/** One message: by whom, when, its words and files, and how far it has come with each of the others. */
import { momentOf, stateWith, type ThreadMessage, type ThreadPerson } from '@chartkeep/domain'
import { IconPaperclip } from '@tabler/icons-react'
import type { TFunction } from 'i18next'
import { useTranslation } from 'react-i18next'
import { addressOf } from '../../app/place/addresses.ts'
import { useChart } from '../../app/context/app-context.tsx'
import { type Answering, noAnswerWords, nobodyAnswersWords } from '../../app/care/sharing/answering.ts'
import { usePracticeIfAny } from '../../app/practice/practice-context.tsx'
import { formatDate, formatMoment } from '../../i18n/dates.ts'
import { currentLanguage } from '../../i18n/index.ts'
import { bytesText } from '../../i18n/sizes.ts'
import { FoldedText } from '../../ui/display/folded-text.tsx'
import { StatusMark } from '../../ui/display/status-mark.tsx'
import styles from './messages.module.css'
import { personText } from './thread-rows.ts'

/**
 * `rows`: keys of the records in the chart in view; a message that is only in the practice's own records is not among them. `answering`: who can answer
 * the patient's messages, where that is known here.
 */
export function MessageCard({
  message,
  people,
  me,
  rows,
  answering,
}: {
  message: ThreadMessage
  people: readonly ThreadPerson[]
  me: string
  rows: ReadonlyMap<string, string>
  answering: Answering | null | undefined
}) {
  const { t } = useTranslation()
  const isPractice = usePracticeIfAny() !== null
  const reader = isPractice ? 'practice' : 'patient'
  const language = currentLanguage()
  const row = rows.get(message.id)
  const name = personText(message.from, reader, t)
  const noAnswer = noAnswerTo(message, answering, t)
  const others = people.filter(({ key }) => key !== message.from.key)
  return (
    <article className={styles.message} aria-label={t('messages.by', { name })}>
      <p className={styles.head}>
        <strong>{message.from.key === me ? t('messages.you', { name }) : name}</strong>
        <time dateTime={message.sentAt}>{formatMoment(new Date(momentOf(message.sentAt)), language)}</time>
      </p>
      {message.isInError ? <StatusMark status="neutral">{t('state.error')}</StatusMark> : null}
      <div className={styles.text} data-struck={message.isInError || undefined}>
        <FoldedText text={message.text} />
      </div>
      <FilesOf message={message} rows={rows} />
      <ul className={styles.states}>
        {isPractice && message.from.side === 'practice' && row === undefined ? (
          <li>
            <StatusMark status="attention">{t('messages.notPublished')}</StatusMark>
          </li>
        ) : message.isWaiting ? (
          <li>
            <StatusMark status="neutral">{noAnswer || t('messages.goesOnline')}</StatusMark>
          </li>
        ) : (
          others.map((person) => {
            const { state, at } = stateWith(message, person.key)
            return (
              <li key={person.key}>
                {noAnswer !== '' && state === 'sent'
                  ? noAnswer
                  : t(`messages.state.${state}`, {
                      name: personText(person, reader, t),
                      time: formatMoment(new Date(at), language),
                    })}
              </li>
            )
          })
        )}
        {others.length === 0 && !message.isWaiting && row !== undefined ? (
          <li>{noAnswer || t('messages.sentOnly')}</li>
        ) : null}
        {message.shownUntil === '' ? null : (
          <li>{t('messages.shownUntil', { date: formatDate(message.shownUntil, language) })}</li>
        )}
      </ul>
    </article>
  )
}

/** Why nobody can answer what the patient wrote; '' where one of those it went to can, and for what others wrote. */
function noAnswerTo({ from, to }: ThreadMessage, answering: Answering | null | undefined, t: TFunction): string {
  if (from.side !== 'patient') return ''
  if (to.length === 0) return nobodyAnswersWords(answering, t)
  const words = to.map(({ account }) => noAnswerWords(answering, account, t))
  return words.includes('') ? '' : words[0]!
}

/** Each file leads to where it is shown. One that did not reach the chart, or stands in a message that did not, is only named. */
function FilesOf({ message, rows }: { message: ThreadMessage; rows: ReadonlyMap<string, string> }) {
  const { t } = useTranslation()
  const { chart, summary, slots } = useChart()
  const row = rows.get(message.id)
  const text = row === undefined ? undefined : chart.recordNow(row)?.resource
  const inside = (text === undefined ? [] : chart.files(text)).map(({ name, size }, index) => ({
    name,
    size,
    id: row,
    index,
  }))
  const separateFiles = message.separateFiles.map(({ name, sizeBytes: size, heldBy }) => {
    const holder = heldBy.find((id) => rows.has(id))
    return { name, size, id: holder === undefined ? undefined : rows.get(holder), index: 0 }
  })
  const elsewhere = message.files > 0 && inside.length === 0
  if (message.files + separateFiles.length === 0) return null
  return (
    <ul className={styles.files}>
      {[...inside, ...separateFiles].map(({ name, size, id, index }, place) => (
        <li key={place}>
          {id === undefined ? (
            t('messages.fileElsewhere', { name })
          ) : (
            <a className="ck-alone" href={addressOf('docs', summary.slot, slots.slotOf({ type: 'file', id, index }))}>
              <IconPaperclip size={18} aria-hidden="true" /> {name} <span className="ck-number">{bytesText(size)}</span>
            </a>
          )}
        </li>
      ))}
      {elsewhere ? <li>{t('messages.filesElsewhere', { count: message.files })}</li> : null}
    </ul>
  )
}
