/** The versions of a note with what was said of each, and what changed from one of them to the one that stands, section by section. */
import { Button } from '@mantine/core'
import {
  compareLines,
  isJsonObject,
  NOTE_SECTION_NAMES,
  type NoteForm,
  noteForm,
  parseJsonOrNull,
  reasonOf,
} from '@chartkeep/domain'
import type { RecordRevision } from '@chartkeep/sync'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { CareNote } from '../../app/care/notes/notes.ts'
import { usePractice } from '../../app/practice/practice-context.tsx'
import { formatMoment } from '../../i18n/dates.ts'
import { currentLanguage } from '../../i18n/index.ts'
import { Card } from '../../ui/display/card.tsx'
import styles from '../../app/care/notes/note.module.css'

export function NoteVersions({ note }: { note: CareNote }) {
  const { t } = useTranslation()
  const { vault } = usePractice()
  const [versions, setVersions] = useState<RecordRevision[]>([])
  const [compared, setCompared] = useState<RecordRevision | null>(null)
  const { id, revision } = note.record
  useEffect(() => {
    let isGone = false
    void vault.history(id).then((found) => {
      if (!isGone) setVersions(found)
    })
    return () => {
      isGone = true
    }
  }, [vault, id, revision])
  const language = currentLanguage()
  const earlier = versions.filter((version) => !version.current && version.resource !== null)
  if (earlier.length === 0) return null
  const words = (version: RecordRevision) =>
    t('note.version', { time: formatMoment(new Date(version.savedAt), language), name: version.author.name })
  return (
    <Card title={t('note.versions')}>
      <ul className={styles.signatures}>
        <li>
          {t('note.current')}
          {note.form.change === '' ? null : <p className={styles.text}>{note.form.change}</p>}
        </li>
        {earlier.map((version) => (
          <li key={version.revision}>
            {words(version)}
            <p className={styles.text}>{reasonOf(parseJsonOrNull(version.resource ?? ''))}</p>
            <Button variant="subtle" onClick={() => setCompared(version)}>
              {t('note.compare')}
            </Button>
          </li>
        ))}
      </ul>
      {compared === null ? null : <Comparison note={note} before={compared} />}
    </Card>
  )
}

function Comparison({ note, before }: { note: CareNote; before: RecordRevision }) {
  const { t } = useTranslation()
  const resource = parseJsonOrNull(before.resource ?? '')
  const old = isJsonObject(resource) ? noteForm(resource) : null
  if (old === null) return null
  return (
    <section>
      <h3>{t('note.compareTitle', { time: formatMoment(new Date(before.savedAt), currentLanguage()) })}</h3>
      <NoteChanges before={old} after={note.form} />
    </section>
  )
}

/** What changed, section by section and line by line. */
export function NoteChanges({ before, after }: { before: NoteForm; after: NoteForm }) {
  const { t } = useTranslation()
  const changed = NOTE_SECTION_NAMES.filter((name) => before.sections[name] !== after.sections[name])
  return (
    <>
      {changed.length === 0 ? <p>{t('note.noChange')}</p> : null}
      {changed.map((name) => (
        <section key={name}>
          <h4>{`${t(`note.letter.${name}`)} · ${t(`note.section.${name}`)}`}</h4>
          <ul className={styles.lines}>
            {compareLines(before.sections[name], after.sections[name]).map(({ kind, text }, at) => (
              <li key={at} data-kind={kind}>
                {kind === 'same' ? null : <strong>{t('joined.label', { label: t(`note.${kind}`), text: '' })}</strong>}
                {text}
              </li>
            ))}
          </ul>
        </section>
      ))}
    </>
  )
}
