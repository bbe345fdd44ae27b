/** A sheet to pick records from by searching: each one is linked at once, and the sheet stays for the next. */
import { Button, TextInput } from '@mantine/core'
import { IconLink, IconSearch } from '@tabler/icons-react'
import { useDeferredValue, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Sheet } from '../../../ui/dialogs/dialogs.tsx'
import { type ListRow, shownRows } from '../../../ui/lists/list-rows.ts'
import { Banner } from '../../../ui/display/status-mark.tsx'
import styles from './documents.module.css'

const SHOWN = 25
const NEWEST_FIRST = { column: 'date', descending: true } as const

/** `onPick` answers whether the link was saved. */
export function LinkSheet({
  isOpen,
  onClose,
  title,
  rows,
  onPick,
}: {
  isOpen: boolean
  onClose: () => void
  title: string
  rows: readonly ListRow[]
  onPick: (row: ListRow) => Promise<boolean>
}) {
  const { t } = useTranslation()
  const [search, setSearch] = useState('')
  const [said, setSaid] = useState<{ text: string; isProblem: boolean } | null>(null)
  const wanted = useDeferredValue(search)
  const hits = useMemo(() => (isOpen ? shownRows(rows, wanted, [], [], NEWEST_FIRST) : []), [isOpen, rows, wanted])
  const pick = async (row: ListRow) => {
    const isSaved = await onPick(row).catch(() => false)
    setSaid(
      isSaved
        ? { text: t('docs.linked', { what: row.title }), isProblem: false }
        : { text: t('docs.linkFailed'), isProblem: true },
    )
  }
  return (
    <Sheet isOpen={isOpen} onClose={onClose} title={title} from="bottom">
      <div className={styles.sheet}>
        <TextInput
          type="search"
          label={t('docs.linkSearch')}
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
          leftSection={<IconSearch size={20} aria-hidden="true" />}
          autoComplete="off"
          spellCheck={false}
        />
        <div role="status">
          {said === null ? null : <Banner status={said.isProblem ? 'danger' : 'good'}>{said.text}</Banner>}
          {hits.length === 0 ? t('docs.linkNothing') : null}
        </div>
        <ul className={styles.links}>
          {hits.slice(0, SHOWN).map((row) => (
            <li key={row.id}>
              <span>
                <span className={styles.name}>{row.title}</span>{' '}
                <span className={styles.facts}>{[row.value, row.date].filter(Boolean).join(' · ')}</span>
              </span>
              <Button
                variant="default"
                leftSection={<IconLink size={18} />}
                aria-label={`${t('docs.linkThis')}: ${row.title}`}
                onClick={() => void pick(row)}
              >
                {t('docs.linkThis')}
              </Button>
            </li>
          ))}
        </ul>
        {hits.length > SHOWN ? <p>{t('docs.linkMore', { count: hits.length - SHOWN })}</p> : null}
      </div>
    </Sheet>
  )
}
