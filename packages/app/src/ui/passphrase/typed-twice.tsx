/**
 * What opens something from now on, a passphrase or a PIN, typed twice: whoever mistypes it unseen could not open it any more. Each field can be
 * shown; the first one says how strong it is.
 */
import type { TFunction } from 'i18next'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { errorOf, type FieldError } from '../fields/error-summary.tsx'
import { PassphraseField } from './passphrase-field.tsx'
import { isPassphraseStrongEnough } from './passphrase-strength.ts'

/** As typed in the fields. */
export interface TypedTwice {
  secret: string
  again: string
}

export const NOTHING_TYPED: TypedTwice = { secret: '', again: '' }

/**
 * What is wrong, at most one thing: what is too weak is not compared. The second field is called as the first with `-again`.
 * @param wrong - with the first field, '' for nothing; of a passphrase, whether it is too weak
 */
export async function typedTwiceErrors(
  id: string,
  { secret, again }: TypedTwice,
  t: TFunction,
  wrong?: string,
): Promise<FieldError[]> {
  wrong ??= (await isPassphraseStrongEnough(secret)) ? '' : t('create.tooWeak')
  if (wrong !== '') return [{ field: id, message: wrong }]
  return secret === again ? [] : [{ field: `${id}-again`, message: t('create.differs') }]
}

/** `pinAgain`: it is a PIN, and so is its second field called. */
export function TypedTwiceFields({
  id,
  label,
  description,
  value,
  onChange,
  errors,
  pinAgain,
}: {
  id: string
  label: string
  description?: ReactNode
  value: TypedTwice
  onChange: (value: TypedTwice) => void
  errors: readonly FieldError[]
  pinAgain?: string | undefined
}) {
  const { t } = useTranslation()
  const isPin = pinAgain !== undefined
  return (
    <>
      <PassphraseField
        id={id}
        label={label}
        description={description}
        value={value.secret}
        onChange={(secret) => onChange({ ...value, secret })}
        isNew
        isPin={isPin}
        error={errorOf(errors, id)}
      />
      <PassphraseField
        id={`${id}-again`}
        label={pinAgain ?? t('create.again')}
        value={value.again}
        onChange={(again) => onChange({ ...value, again })}
        isAgain
        isPin={isPin}
        error={errorOf(errors, `${id}-again`)}
      />
    </>
  )
}
