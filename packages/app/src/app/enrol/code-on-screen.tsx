/** A sharing code on the screen: to scan, as six words in the screen's language, and as text. */
import { Stack } from '@mantine/core'
import type { Grantee } from '@chartkeep/sync'
import { useTranslation } from 'react-i18next'
import { currentLanguage } from '../../i18n/index.ts'
import { QrCode } from '../../ui/scan/qr-code.tsx'

export function CodeOnScreen({ code: { code, words } }: { code: Grantee }) {
  const { t } = useTranslation()
  return (
    <Stack gap="sm">
      <QrCode text={code} label={t('code.qr')} size={180} />
      <div>
        {t('code.toCompare')}
        <br />
        <strong lang={currentLanguage()} translate="no">
          {(currentLanguage() === 'en' ? words.en : words.zh).join(' ')}
        </strong>
      </div>
      <div>
        {t('code.text')}
        <br />
        <code className="ck-code" style={{ overflowWrap: 'anywhere' }} data-testid="my-code">
          {code}
        </code>
      </div>
    </Stack>
  )
}
