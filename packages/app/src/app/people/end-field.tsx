/** When a share ends, to the minute, with the spans that people choose. */
import { Button, Group, TextInput } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { HOUR, localMinute } from '../../ui/fields/date-entry.ts'

const SPANS = [
  ['hours24', 24],
  ['hours48', 48],
  ['days30', 24 * 30],
] as const

/** `value` is a local time as the field holds it; the spans count from `from` (milliseconds), or from now where that is later. */
export function EndField({
  value,
  onChange,
  from = 0,
  error,
  label,
  spans,
}: {
  value: string
  onChange: (until: string) => void
  from?: number
  error?: string | undefined
  label?: string
  /** In place of the usual ones. */
  spans?: readonly { label: string; hours: number }[]
}) {
  const { t } = useTranslation()
  const usual = SPANS.map(([key, hours]) => ({ label: from === 0 ? t(`share.${key}`) : t(`share.more.${key}`), hours }))
  return (
    <div>
      <TextInput
        id="until"
        type="datetime-local"
        label={label ?? t('share.untilLabel')}
        value={value}
        error={error}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
      <Group gap="sm" mt="sm">
        {(spans ?? usual).map((span) => (
          <Button
            key={span.hours}
            variant="default"
            onClick={() => onChange(localMinute(Math.max(Date.now(), from) + span.hours * HOUR))}
          >
            {span.label}
          </Button>
        ))}
      </Group>
    </div>
  )
}
