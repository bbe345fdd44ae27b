/** One message: by whom, when, its words and files, and how far it has come with each of the others. */
import { stateWith, type ThreadMessage, type ThreadPerson } from '@chartkeep/domain'
import { IconPaperclip } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { addressOf } from '../../app/addresses.ts'
import { useChart } from '../../app/app-context.tsx'
import { usePracticeIfAny } from '../../app/care/practice-context.tsx'
import { formatDate, formatMoment } from '../../i18n/dates.ts'
import { currentLanguage } from '../../i18n/index.ts'
import { StatusMark } from '../../ui/status-mark.tsx'
import styles from './messages.module.css'

/** `row`: the message in the chart in view, undefined where it is only in the practice's own records. */
export function MessageCard({
  message,
  people,
  me,
  row,
}: {
  message: ThreadMessage
  people: readonly ThreadPerson[]
  me: string
  row: string | undefined
}) {
  const { t } = useTranslation()
  const { chart, summary, slots } = useChart()
  const isPractice = usePracticeIfAny() !== null
  const language = currentLanguage()
  const text = row === undefined ? undefined : chart.recordNow(row)?.resource
  const files = text === undefined ? [] : chart.files(text)
  const others = people.filter(({ key }) => key !== message.from.key)
  return (
    <article className={styles.message} aria-label={t('messages.by', { name: message.from.name })}>
      <p className={styles.head}>
        <strong>{message.from.key === me ? t('messages.you', { name: message.from.name }) : message.from.name}</strong>
        <time dateTime={message.sentAt}>{formatMoment(new Date(message.sentAt), language)}</time>
      </p>
      {message.isInError ? <StatusMark status="neutral">{t('state.error')}</StatusMark> : null}
      <div className={styles.text} data-struck={message.isInError || undefined}>
        {message.text}
      </div>
      {message.files > 0 ? (
        <ul className={styles.files}>
          {files.map((file, index) => (
            <li key={index}>
              <a
                className="ck-alone"
                href={addressOf('docs', summary.slot, slots.slotOf({ type: 'file', id: row ?? '', index }))}
              >
                <IconPaperclip size={18} aria-hidden="true" /> {file.name}
              </a>
            </li>
          ))}
          {files.length === 0 ? <li>{t('messages.filesElsewhere', { count: message.files })}</li> : null}
        </ul>
      ) : null}
      <ul className={styles.states}>
        {isPractice && message.from.side === 'practice' && row === undefined ? (
          <li>
            <StatusMark status="attention">{t('messages.notPublished')}</StatusMark>
          </li>
        ) : message.isWaiting ? (
          <li>
            <StatusMark status="neutral">{t('messages.goesOnline')}</StatusMark>
          </li>
        ) : (
          others.map((person) => {
            const { state, at } = stateWith(message, person.key)
            return (
              <li key={person.key}>
                {t(`messages.state.${state}`, { name: person.name, time: formatMoment(new Date(at), language) })}
              </li>
            )
          })
        )}
        {others.length === 0 && !message.isWaiting && row !== undefined ? <li>{t('messages.sentOnly')}</li> : null}
        {message.shownUntil === '' ? null : (
          <li>{t('messages.shownUntil', { date: formatDate(message.shownUntil, language) })}</li>
        )}
      </ul>
    </article>
  )
}
