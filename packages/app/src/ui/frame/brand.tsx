/** Our name with its mark: a paper with one corner turned and a steady line. */
import { useTranslation } from 'react-i18next'

/** Mark and name. */
export function Brand() {
  const { t } = useTranslation()
  return (
    <span
      style={{
        display: 'inline-flex',
        alignItems: 'center',
        gap: '0.625rem',
        fontWeight: 700,
        fontSize: '1.0625rem',
        letterSpacing: '-0.01em',
      }}
    >
      <svg width="28" height="28" viewBox="4 4 56 56" aria-hidden="true">
        <rect x="4" y="4" width="56" height="56" rx="14" fill="#0E5A54" />
        <path d="M20 14h18l8 8v28H20z" fill="#fff" />
        <path d="M38 14v8h8z" fill="#B5E0D8" />
        <path
          d="M26 38h4l3-8 4 13 2.5-5H43"
          fill="none"
          stroke="#0E5A54"
          strokeWidth="2.8"
          strokeLinecap="round"
          strokeLinejoin="round"
        />
      </svg>
      <span lang="en">{t('app.name')}</span>
    </span>
  )
}
