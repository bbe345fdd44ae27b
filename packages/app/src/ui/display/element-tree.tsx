/**
 * Every element of any FHIR resource as it came: names in the standard's English, digits verbatim, nothing left out.
 * The one detail page that works for record types we know nothing else about.
 */
import { isJsonObject, JsonNumber, type JsonValue } from '@chartkeep/domain'
import { Button } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import styles from './element-tree.module.css'

/** Elements of one level that are shown until more are asked for. */
const ELEMENTS = 200

/** The tree of `value`; the first level is open, deeper ones open on demand where they are long. */
export function ElementTree({ value }: { value: JsonValue }) {
  return (
    <div className={styles.tree} lang="en">
      <Branch value={value} depth={0} />
    </div>
  )
}

function Branch({ value, depth }: { value: JsonValue; depth: number }) {
  const [shown, setShown] = useState(ELEMENTS)
  if (Array.isArray(value)) {
    return (
      <ol className={styles.level}>
        {value.slice(0, shown).map((item, index) => (
          <li key={index}>
            {isLeaf(item) ? (
              <Leaf value={item} />
            ) : Array.isArray(item) ? (
              // FHIR has no lists in lists; whoever writes them may write any number.
              <Folded name={String(index + 1)} value={item} depth={depth + 1} />
            ) : (
              <Branch value={item} depth={depth + 1} />
            )}
          </li>
        ))}
        {shown < value.length ? <More onMore={() => setShown(shown + ELEMENTS)} /> : null}
      </ol>
    )
  }
  if (!isJsonObject(value)) return <Leaf value={value} />
  const members = Object.entries(value)
  return (
    <ul className={styles.level}>
      {members.slice(0, shown).map(([name, child]) => (
        <li key={name}>
          {isLeaf(child) ? (
            <span className={styles.pair}>
              <span className={styles.name}>{name}</span> <Leaf value={child} />
            </span>
          ) : (
            <Folded name={name} value={child} depth={depth} />
          )}
        </li>
      ))}
      {shown < members.length ? <More onMore={() => setShown(shown + ELEMENTS)} /> : null}
    </ul>
  )
}

/** Its content is rendered when it is opened: a record may hold a hundred thousand elements. */
function Folded({ name, value, depth }: { name: string; value: JsonValue; depth: number }) {
  const { t } = useTranslation()
  const [isOpen, setOpen] = useState(() => depth < 1 && isSmall(value))
  return (
    <details open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <span className={styles.name}>{name}</span>{' '}
        {Array.isArray(value) && value.length > 1 ? (
          <span className={styles.count}>{t('record.items', { count: value.length })}</span>
        ) : null}
      </summary>
      {isOpen ? (
        <Branch value={Array.isArray(value) && value.length === 1 ? (value[0] ?? null) : value} depth={depth + 1} />
      ) : null}
    </details>
  )
}

function More({ onMore }: { onMore: () => void }) {
  const { t } = useTranslation()
  return (
    <li>
      <Button variant="default" size="compact-sm" onClick={onMore}>
        {t('viewer.moreElements')}
      </Button>
    </li>
  )
}

function Leaf({ value }: { value: JsonValue }) {
  const { t } = useTranslation()
  if (value === null || value === '') return <em className={styles.count}>{t('record.empty')}</em>
  if (value instanceof JsonNumber) return <span className="ck-number">{value.text}</span>
  return <span className={styles.text}>{String(value)}</span>
}

function isLeaf(value: JsonValue): boolean {
  return !Array.isArray(value) && !isJsonObject(value)
}

const SMALL = 12

/** Counts no further than it must. */
function isSmall(value: JsonValue): boolean {
  let left = SMALL
  const count = (part: JsonValue): void => {
    if (left < 0) return
    if (Array.isArray(part)) {
      // A list of empty lists counts as well.
      if (part.length > SMALL) left = -1
      else part.forEach(count)
    } else {
      left -= 1
      if (isJsonObject(part)) for (const key in part) count(part[key] ?? null)
    }
  }
  count(value)
  return left >= 0
}
