/** A text field with suggestions; what was typed is always one of the answers ("use as typed"). */
import { Combobox, TextInput, useCombobox } from '@mantine/core'
import { type ReactNode, useMemo } from 'react'
import { useTranslation } from 'react-i18next'

const SHOWN = 8

/** `onPick` tells that a suggestion was taken, so that its code can go with it; typing alone calls only `onChange`. */
export function Typeahead({
  id,
  label,
  description,
  value,
  onChange,
  onPick,
  suggestions,
  error,
}: {
  id: string
  label: ReactNode
  description?: ReactNode
  value: string
  onChange: (value: string) => void
  onPick?: (suggestion: string) => void
  suggestions: readonly string[]
  error?: ReactNode
}) {
  const { t } = useTranslation()
  const combobox = useCombobox()
  const found = useMemo(() => {
    const wanted = value.trim().toLowerCase()
    if (wanted === '') return []
    return suggestions
      .filter((suggestion) => suggestion.toLowerCase().includes(wanted))
      .sort((a, b) => Number(!a.toLowerCase().startsWith(wanted)) - Number(!b.toLowerCase().startsWith(wanted)))
      .slice(0, SHOWN)
  }, [suggestions, value])
  const isExact = found.some((suggestion) => suggestion === value)
  return (
    <Combobox
      store={combobox}
      onOptionSubmit={(option) => {
        if (option.startsWith('pick:')) {
          onChange(option.slice(5))
          onPick?.(option.slice(5))
        }
        combobox.closeDropdown()
      }}
    >
      <Combobox.Target>
        <TextInput
          id={id}
          label={label}
          description={description}
          value={value}
          error={error}
          autoComplete="off"
          onChange={(event) => {
            onChange(event.currentTarget.value)
            combobox.openDropdown()
            combobox.updateSelectedOptionIndex()
          }}
          onBlur={() => combobox.closeDropdown()}
        />
      </Combobox.Target>
      <Combobox.Dropdown hidden={found.length === 0 || isExact}>
        <Combobox.Options>
          {found.map((suggestion) => (
            <Combobox.Option key={suggestion} value={`pick:${suggestion}`} style={{ minHeight: 44, fontSize: '1rem' }}>
              {suggestion}
            </Combobox.Option>
          ))}
          <Combobox.Option value="typed" style={{ minHeight: 44, fontSize: '1rem' }}>
            {t('form.asTyped', { text: value })}
          </Combobox.Option>
        </Combobox.Options>
      </Combobox.Dropdown>
      <span className="ck-hidden" role="status">
        {combobox.dropdownOpened && found.length > 0 ? t('form.suggestions', { count: found.length }) : ''}
      </span>
    </Combobox>
  )
}
