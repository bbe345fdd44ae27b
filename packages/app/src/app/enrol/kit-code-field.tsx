/** The code of a recovery kit, typed from paper: in groups, without help from the browser. */
import { Textarea } from '@mantine/core'
import { useTranslation } from 'react-i18next'

export function KitCodeField({
  id,
  value,
  error,
  onChange,
}: {
  id: string
  value: string
  error: string | undefined
  onChange: (code: string) => void
}) {
  const { t } = useTranslation()
  return (
    <Textarea
      id={id}
      label={t('restore.field')}
      description={t('restore.hint')}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      error={error}
      autosize
      minRows={2}
      autoComplete="off"
      autoCapitalize="characters"
      spellCheck={false}
      classNames={{ input: 'ck-code' }}
    />
  )
}
