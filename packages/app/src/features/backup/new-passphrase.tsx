/** A passphrase for backups, typed twice. */
import type { TFunction } from 'i18next'
import { useTranslation } from 'react-i18next'
import type { FieldError } from '../../ui/error-summary.tsx'
import { PassphraseField } from '../../ui/passphrase-field.tsx'
import { isPassphraseStrongEnough } from '../../ui/passphrase-strength.ts'

export interface TypedTwice {
  passphrase: string
  again: string
}

/** What is wrong with it; `name` tells the forms of one screen apart. */
export function passphraseErrors(name: string, { passphrase, again }: TypedTwice, t: TFunction): FieldError[] {
  return [
    ...(isPassphraseStrongEnough(passphrase) ? [] : [{ field: `${name}-passphrase`, message: t('create.tooWeak') }]),
    ...(passphrase === again ? [] : [{ field: `${name}-again`, message: t('create.differs') }]),
  ]
}

export function NewPassphrase({
  name,
  description,
  value,
  onChange,
  errors,
}: {
  name: string
  description: string
  value: TypedTwice
  onChange: (value: TypedTwice) => void
  errors: readonly FieldError[]
}) {
  const { t } = useTranslation()
  const errorOf = (field: string) => errors.find((each) => each.field === field)?.message
  return (
    <>
      <PassphraseField
        id={`${name}-passphrase`}
        label={t('backup.passphrase')}
        description={description}
        value={value.passphrase}
        onChange={(passphrase) => onChange({ ...value, passphrase })}
        isNew
        error={errorOf(`${name}-passphrase`)}
      />
      <PassphraseField
        id={`${name}-again`}
        label={t('create.again')}
        value={value.again}
        onChange={(again) => onChange({ ...value, again })}
        isAgain
        error={errorOf(`${name}-again`)}
      />
    </>
  )
}
