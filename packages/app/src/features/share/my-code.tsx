/** My own code: as a picture, as text to copy, and the six words that both people compare. */
import { Button, CopyButton, Textarea } from '@mantine/core'
import type { Grantee } from '@chartkeep/sync'
import { useTranslation } from 'react-i18next'
import { Card } from '../../ui/display/card.tsx'
import { QrCode } from '../../ui/scan/qr-code.tsx'
import { CompareWords } from '../../app/enrol/compare-words.tsx'
import styles from '../../app/people/share.module.css'

/** The code says who I am; it opens nothing. */
export function MyCode({ code }: { code: Grantee }) {
  const { t } = useTranslation()
  return (
    <Card title={t('code.title')}>
      <p>{t('code.intro')}</p>
      <div className={styles.code}>
        <QrCode text={code.code} label={t('code.qr')} size={200} />
        <div>
          <h3>{t('code.words')}</h3>
          <CompareWords number={code} />
          <Textarea
            label={t('code.text')}
            value={code.code}
            readOnly
            autosize
            minRows={2}
            maxRows={5}
            classNames={{ input: 'ck-code' }}
            spellCheck={false}
            data-testid="my-code"
          />
          <CopyButton value={code.code}>
            {({ copied, copy }) => (
              <Button variant="default" onClick={copy} mt="sm">
                {copied ? t('deed.copied') : t('deed.copy')}
              </Button>
            )}
          </CopyButton>
        </div>
      </div>
    </Card>
  )
}
