/** The button that opens a date field's calendar. What it needs is fetched when the field is first shown, so that it opens at once, also without a network. */
import { ActionIcon, Popover } from '@mantine/core'
import { IconCalendar } from '@tabler/icons-react'
import { Suspense, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { lazyPart } from '../display/lazy-part.ts'
import styles from './date-field.module.css'
import { today } from './date-entry.ts'

const load = () => import('./date-calendar.tsx')
const Calendar = lazyPart(load, (part) => part.DateCalendar)

/** Opens a date field's calendar. `label`: a chip with these words in place of the icon. */
export function DatePopover({
  date,
  isDay = false,
  from = 'day',
  label,
  onPick,
  onType,
}: {
  date: string
  isDay?: boolean
  /** With what precision the calendar begins. */
  from?: 'day' | 'year'
  label?: string
  onPick: (date: string) => void
  onType: () => void
}) {
  const { t } = useTranslation()
  const [isOpen, setOpen] = useState(false)
  useEffect(() => {
    // What cannot be fetched now is asked for again when it is shown.
    load().catch(() => {})
  }, [])
  return (
    <Popover
      opened={isOpen}
      onChange={setOpen}
      position="bottom-start"
      trapFocus
      returnFocus
      classNames={{ dropdown: styles.dropdown }}
    >
      <Popover.Target>
        {label === undefined ? (
          <ActionIcon variant="subtle" aria-label={t('date.pick')} onClick={() => setOpen(!isOpen)}>
            <IconCalendar size={20} aria-hidden="true" />
          </ActionIcon>
        ) : (
          <button type="button" className={styles.chip} onClick={() => setOpen(!isOpen)}>
            {from === 'day' ? <IconCalendar size={18} aria-hidden="true" /> : null}
            {label}
          </button>
        )}
      </Popover.Target>
      <Popover.Dropdown aria-label={t('date.pick')}>
        <div className={styles.inner}>
          <Suspense fallback={<div className={styles.waits} />}>
            {isOpen ? (
              <Calendar
                date={date}
                today={today()}
                isDay={isDay}
                from={from}
                onPick={(picked) => {
                  setOpen(false)
                  onPick(picked)
                }}
                onType={() => {
                  setOpen(false)
                  onType()
                }}
              />
            ) : null}
          </Suspense>
        </div>
      </Popover.Dropdown>
    </Popover>
  )
}
