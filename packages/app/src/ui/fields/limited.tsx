/** A field that takes so many characters and no more says so once it is full: what is pasted beyond them would else be gone unseen. */
import type { TFunction } from 'i18next'
import type { ReactNode } from 'react'

/** Props of the field; `hint` is always shown. */
export function limited(
  value: string,
  maxLength: number,
  t: TFunction,
  hint?: ReactNode,
): { maxLength: number; description: ReactNode } {
  if (value.length < maxLength) return { maxLength, description: hint }
  const full = <span role="status">{t('form.full', { n: maxLength })}</span>
  return {
    maxLength,
    description:
      hint === undefined ? (
        full
      ) : (
        <>
          {hint} {full}
        </>
      ),
  }
}
