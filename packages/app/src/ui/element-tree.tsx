/**
 * Every element of any FHIR resource as it came: names in the standard's English, digits verbatim, nothing left out.
 * The one detail page that works for record types we know nothing else about.
 */
import { isJsonObject, JsonNumber, type JsonValue } from '@chartkeep/domain'
import { useTranslation } from 'react-i18next'
import styles from './element-tree.module.css'

/** The tree of `value`; the first level is open, deeper ones open on demand where they are long. */
export function ElementTree({ value }: { value: JsonValue }) {
  return (
    <div className={styles.tree} lang="en">
      <Branch value={value} depth={0} />
    </div>
  )
}

function Branch({ value, depth }: { value: JsonValue; depth: number }) {
  const { t } = useTranslation()
  if (Array.isArray(value)) {
    return (
      <ol className={styles.level}>
        {value.map((item, index) => (
          <li key={index}>{isLeaf(item) ? <Leaf value={item} /> : <Branch value={item} depth={depth + 1} />}</li>
        ))}
      </ol>
    )
  }
  if (!isJsonObject(value)) return <Leaf value={value} />
  return (
    <ul className={styles.level}>
      {Object.entries(value).map(([name, child]) => (
        <li key={name}>
          {isLeaf(child) ? (
            <span className={styles.pair}>
              <span className={styles.name}>{name}</span> <Leaf value={child} />
            </span>
          ) : (
            <details open={depth < 1 && sizeOf(child) <= 12}>
              <summary>
                <span className={styles.name}>{name}</span>{' '}
                {Array.isArray(child) && child.length > 1 ? (
                  <span className={styles.count}>{t('record.items', { count: child.length })}</span>
                ) : null}
              </summary>
              <Branch
                value={Array.isArray(child) && child.length === 1 ? (child[0] ?? null) : child}
                depth={depth + 1}
              />
            </details>
          )}
        </li>
      ))}
    </ul>
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

function sizeOf(value: JsonValue): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + sizeOf(item), 0)
  if (isJsonObject(value)) return Object.values(value).reduce<number>((sum, item) => sum + sizeOf(item), 1)
  return 1
}
