/** Lines of the patient's chart to take over into a section: value, date and source as they stand there. */
import { Button } from '@mantine/core'
import { mayRelyOn, shownList, type NoteSection } from '@chartkeep/domain'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { mayDo, useChart } from '../../app/context/app-context.tsx'
import { useMedicineLooks } from '../../app/chart/medicine-looks.ts'
import { useLists } from '../../app/chart/use-lists.ts'
import { rowsOf } from '../../app/words/record-view.ts'
import { useWording } from '../../app/chart/use-wording.ts'
import { Sheet } from '../../ui/dialogs/dialogs.tsx'
import { RowButtons } from './row-buttons.tsx'

const LISTS = { objective: ['vitals', 'labs'], assessment: ['conditions'], plan: ['medications'] } as const
const SHOWN = 12

export function InsertFromChart({ section, onInsert }: { section: NoteSection; onInsert: (line: string) => void }) {
  const { t } = useTranslation()
  const [isOpen, setOpen] = useState(false)
  if (section === 'subjective') return null
  const insert = (line: string) => {
    onInsert(line)
    setOpen(false)
  }
  return (
    <>
      <Button variant="subtle" onClick={() => setOpen(true)}>
        + {t(`note.insert.${section}`)}
      </Button>
      <Sheet isOpen={isOpen} onClose={() => setOpen(false)} title={t(`note.insert.${section}`)} from="bottom">
        {isOpen ? <Lines lists={LISTS[section]} onInsert={insert} /> : null}
      </Sheet>
    </>
  )
}

function Lines({ lists, onInsert }: { lists: readonly string[]; onInsert: (line: string) => void }) {
  const { t } = useTranslation()
  const { summary } = useChart()
  const wording = useWording()
  const all = useLists(lists)
  const looks = useMedicineLooks(lists.includes('medications'))
  const lines = useMemo(() => {
    const records = (all ?? []).filter(
      (record) => lists.includes(shownList(record)) && mayDo(summary, record.collection, 'read') && mayRelyOn(record),
    )
    const newest = records.toSorted((a, b) => (a.date < b.date ? 1 : -1)).slice(0, SHOWN)
    return rowsOf(newest, { ...wording, looksOf: looks.of }).map((row) => {
      const danger = (row.titleMarks ?? []).filter(({ status }) => status === 'danger').map(({ word }) => word)
      const text = [row.title, row.value, row.flag?.word ?? '', ...danger].filter(Boolean).join(' ')
      return { id: row.id, text: row.date === '' ? text : t('joined.bracket', { text, more: row.date }) }
    })
  }, [all, lists, summary, wording, looks, t])
  if (all === undefined) return null
  return lines.length === 0 ? <p>{t('note.insertNone')}</p> : <RowButtons rows={lines} onPick={onInsert} />
}
