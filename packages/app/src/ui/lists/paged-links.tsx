/** A list of links that may grow long, a screenful at a time; the rest follows when it is asked for. */
import { Button } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type LinkRow, RowLinks } from './row-links.tsx'

const SIZE = 100

export function PagedLinks({ rows }: { rows: readonly LinkRow[] }) {
  const { t } = useTranslation()
  const [shown, setShown] = useState(SIZE)
  return (
    <>
      <RowLinks rows={rows.slice(0, shown)} />
      {rows.length > shown ? (
        <Button variant="default" m="md" onClick={() => setShown((before) => before + SIZE)}>
          {t('deed.showMore', { count: rows.length - shown })}
        </Button>
      ) : null}
    </>
  )
}
