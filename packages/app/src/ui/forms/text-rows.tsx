/** Several of the same kind in one form (contacts, illnesses of a relative): rows of texts that are added and taken out. */
import { Button, TextInput } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { Row } from './form-shell.tsx'
import styles from './text-rows.module.css'

/** One text of a row; `name` is its key, shown under `label`. */
export interface Column {
  name: string
  label: string
  type?: 'tel'
  inputMode?: 'numeric'
}

/** Fields are called `<id>-<row>-<name>`; a row can be taken out, and at least one is always shown. */
export function TextRows<Texts extends { [name: string]: string }>({
  id,
  legend,
  rows,
  columns,
  addLabel,
  errorOf,
  onChange,
}: {
  id: string
  legend: string
  rows: readonly Texts[]
  columns: readonly (Column & { name: keyof Texts & string })[]
  addLabel: string
  errorOf?: (field: string) => string | undefined
  onChange: (rows: Texts[]) => void
}) {
  const { t } = useTranslation()
  const empty = Object.fromEntries(columns.map(({ name }) => [name, ''])) as Texts
  const shown = rows.length === 0 ? [empty] : rows
  const set = (index: number, name: string, text: string) =>
    onChange(shown.map((row, place) => (place === index ? { ...row, [name]: text } : row)))
  return (
    <fieldset className={styles.rows} id={id} tabIndex={-1}>
      <legend>{legend}</legend>
      {shown.map((row, index) => (
        // Rows have no name of their own; their place is what tells them apart.
        // oxlint-disable-next-line react/no-array-index-key
        <div key={index} className={styles.one} role="group" aria-label={t('form.rowOf', { legend, n: index + 1 })}>
          <Row>
            {columns.map(({ name, label, ...rest }) => (
              <TextInput
                key={name}
                id={`${id}-${index}-${name}`}
                label={label}
                value={row[name] ?? ''}
                error={errorOf?.(`${id}-${index}-${name}`)}
                onChange={(event) => set(index, name, event.currentTarget.value)}
                autoComplete="off"
                {...rest}
              />
            ))}
          </Row>
          {rows.length > 0 ? (
            <Button variant="subtle" onClick={() => onChange(rows.filter((_, place) => place !== index))}>
              {t('form.removeRow', { n: index + 1 })}
            </Button>
          ) : null}
        </div>
      ))}
      <Button variant="default" leftSection={<IconPlus size={20} />} onClick={() => onChange([...shown, empty])}>
        {addLabel}
      </Button>
    </fieldset>
  )
}
