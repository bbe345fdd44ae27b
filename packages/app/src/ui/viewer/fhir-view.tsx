/** A FHIR resource from a file: its title, then every element; of a Bundle its entries, each opened where it is wanted. */
import { describe, isJsonObject, type JsonObject, type JsonValue, objectAt, objectsAt, typeOf } from '@chartkeep/domain'
import { Button } from '@mantine/core'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { formatDate } from '../../i18n/dates.ts'
import { currentLanguage } from '../../i18n/index.ts'
import { ElementTree } from '../display/element-tree.tsx'
import { firstPart } from '../display/first-part.ts'
import styles from './viewer.module.css'

const ENTRIES = 100

export function FhirView({ resource }: { resource: JsonObject }) {
  const { t } = useTranslation()
  const entries = useMemo(
    () =>
      typeOf(resource) === 'Bundle'
        ? objectsAt(resource, 'entry').flatMap((entry) => objectAt(entry, 'resource') ?? [])
        : [],
    [resource],
  )
  const [shown, setShown] = useState(ENTRIES)
  if (entries.length === 0) {
    return (
      <>
        <p className={styles.facts}>{t('viewer.readOnly')}</p>
        <ElementTree value={resource} />
      </>
    )
  }
  return (
    <>
      <p className={styles.facts}>
        {t('viewer.entries', { count: entries.length })} · {t('viewer.readOnly')}
      </p>
      <ul className={styles.entries}>
        {entries.slice(0, shown).map((entry, index) => (
          <li key={index}>
            <Entry resource={entry} />
          </li>
        ))}
      </ul>
      {shown < entries.length ? (
        <Button variant="default" onClick={() => setShown(shown + ENTRIES)}>
          {t('viewer.moreEntries')}
        </Button>
      ) : null}
    </>
  )
}

function Entry({ resource }: { resource: JsonValue }) {
  const { t } = useTranslation()
  const { type, title, date, value, detail, status } = useMemo(() => describe(resource), [resource])
  const [isOpen, setOpen] = useState(false)
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <span className={styles.entryTitle}>{t('viewer.entryOf', { type, title: title || '–' })}</span>{' '}
        <span className={styles.facts}>
          {[
            status === 'unclear' ? t('state.unclear') : '',
            firstPart(value?.text || detail),
            date === '' ? '' : formatDate(date, currentLanguage()),
          ]
            .filter(Boolean)
            .join(' · ')}
        </span>
      </summary>
      {isOpen && isJsonObject(resource) ? <ElementTree value={resource} /> : null}
    </details>
  )
}
