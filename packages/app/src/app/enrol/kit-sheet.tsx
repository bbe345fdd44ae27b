/**
 * The recovery kit as it is printed: one page, both languages, the code in groups of four with its QR code. Holds no
 * health data and no passphrase. On screen it is the preview of the paper.
 */
import { useTranslation } from 'react-i18next'
import { formatDate } from '../../i18n/dates.ts'
import { QrCode } from '../../ui/scan/qr-code.tsx'
import styles from './kit-sheet.module.css'

/** `code` as given (groups joined by '-'), `made` a FHIR date, `number` counts the kits of this account. */
export function KitSheet({
  code,
  made,
  number,
  server,
}: {
  code: string
  made: string
  number: number
  server: string | null
}) {
  const { t, i18n } = useTranslation()
  const en = i18n.getFixedT('en')
  const zh = i18n.getFixedT('zh-Hant-TW')
  const groups = code.split('-')
  return (
    <section className={styles.sheet} aria-label={t('kit.title')}>
      <div className={styles.head}>
        <div>
          <p className={styles.title} lang="en">
            {en('app.name')} · {en('kit.title')}
          </p>
          <p className={styles.title} lang="zh-Hant-TW">
            {zh('kit.title')}
          </p>
        </div>
        <p className={styles.meta}>
          <span lang="en">{en('kit.number', { n: number })}</span>
          <br />
          <span lang="en">{en('kit.made', { date: formatDate(made, 'en', 'gregorian') })}</span>
          <br />
          <span lang="zh-Hant-TW">{zh('kit.made', { date: formatDate(made, 'zh-Hant-TW', 'gregorian') })}</span>
        </p>
      </div>
      <div className={styles.main}>
        <ol className={styles.code} aria-label={t('kit.code')} translate="no" data-testid="recovery-code">
          {groups.map((group, index) => (
            <li key={index}>
              <span className={styles.groupNumber} aria-hidden="true">
                {index + 1}
              </span>
              <span className="ck-code">{group}</span>
            </li>
          ))}
        </ol>
        <QrCode text={code} label={t('kit.qr')} size={150} />
      </div>
      <div className={styles.words}>
        <div lang="en">
          <p>{en('kit.how')}</p>
          <p>{en('kit.where')}</p>
          <p>
            <strong>{en('kit.danger')}</strong>
          </p>
          <p>{server ? en('kit.server', { address: server }) : en('kit.noServer')}</p>
        </div>
        <div lang="zh-Hant-TW">
          <p>{zh('kit.how')}</p>
          <p>{zh('kit.where')}</p>
          <p>
            <strong>{zh('kit.danger')}</strong>
          </p>
          <p>{server ? zh('kit.server', { address: server }) : zh('kit.noServer')}</p>
        </div>
      </div>
    </section>
  )
}
