/** What a device asks for that enters an account: what the account is called here, a passphrase of its own typed twice, and, folded, another server. */
import { TextInput } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { FieldError } from '../../ui/fields/error-summary.tsx'
import { Fold } from '../../ui/display/fold.tsx'
import { type TypedTwice, TypedTwiceFields } from '../../ui/passphrase/typed-twice.tsx'

/** As typed in the fields. */
export interface NewDeviceValues {
  label: string
  passphrase: TypedTwice
  server: string
}

/** `serverTitle` is read while the server is folded away. */
export function NewDeviceFields({
  values,
  onChange,
  errors,
  serverTitle,
}: {
  values: NewDeviceValues
  onChange: (change: Partial<NewDeviceValues>) => void
  errors: readonly FieldError[]
  serverTitle: string
}) {
  const { t } = useTranslation()
  return (
    <>
      <TextInput
        id="label"
        label={t('create.label')}
        description={t('create.labelHint')}
        value={values.label}
        onChange={(event) => onChange({ label: event.currentTarget.value })}
        autoComplete="off"
      />
      <TypedTwiceFields
        id="passphrase"
        label={t('restore.newPassphrase')}
        description={t('create.passphraseIntro')}
        value={values.passphrase}
        onChange={(passphrase) => onChange({ passphrase })}
        errors={errors}
      />
      <Fold title={serverTitle}>
        <TextInput
          label={t('welcome.serverLabel')}
          description={t('welcome.serverHint')}
          type="url"
          value={values.server}
          onChange={(event) => onChange({ server: event.currentTarget.value })}
          autoComplete="off"
          pb="md"
        />
      </Fold>
    </>
  )
}
