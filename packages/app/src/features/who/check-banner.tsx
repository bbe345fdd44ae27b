/** What was checked of the log, first of all: whole, or what is wrong with it, in words; a gap is shown as a gap (A5). */
import { Button, Stack } from '@mantine/core'
import type { AuditCheck } from '@chartkeep/sync'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useChart } from '../../app/context/app-context.tsx'
import { formatMoment } from '../../i18n/dates.ts'
import { currentLanguage } from '../../i18n/index.ts'
import { Dialog } from '../../ui/dialogs/dialogs.tsx'
import { Banner } from '../../ui/display/status-mark.tsx'
import styles from './who.module.css'

const FAULTS = ['fork', 'behind', 'withheld', 'refused'] as const

/** `state`: the chain of the audit logs themselves. `check`: the tree that the server signs; null on a device that does not read it. */
export function CheckBanner({
  state,
  check,
  ownsChart,
}: {
  state: { checked: number; fault: string | null }
  check: AuditCheck | null
  ownsChart: boolean
}) {
  const { t } = useTranslation()
  if (state.fault !== null) return <Banner status="danger">{t('audit.fault', { code: state.fault })}</Banner>
  if (check?.fault) {
    const known = FAULTS.find((fault) => fault === check.fault?.fault) ?? 'refused'
    return (
      <Banner status={known === 'behind' ? 'attention' : 'danger'} title={t(`who.${known}`)} action={<BeginAgain />}>
        <div className={styles.check}>
          <p>{t(`who.${known}Text`)}</p>
          {check.missing > 0 ? <p>{t('who.missing', { count: check.missing })}</p> : null}
          <p>{t('who.code', { code: check.fault.what })}</p>
        </div>
      </Banner>
    )
  }
  return (
    <>
      <Banner status="good">
        <div className={styles.check}>
          <p>{t('audit.ok', { count: state.checked })}</p>
          {ownsChart ? <Signed check={check} /> : null}
        </div>
      </Banner>
      {check?.gaps.map(({ first, last }) => (
        <Banner key={first} status="attention" title={t('who.gap', { a: first, b: last, count: last - first + 1 })}>
          {t('who.gapText')}
        </Banner>
      ))}
      {check && check.unnoted > 0 ? (
        <Banner status="attention">{t('who.unnoted', { count: check.unnoted })}</Banner>
      ) : null}
    </>
  )
}

/** A person's decision; nothing begins anew by itself. */
function BeginAgain() {
  const { t } = useTranslation()
  const { chart } = useChart()
  const [isOpen, setOpen] = useState(false)
  const begin = async () => {
    await chart.restartAudit()
    setOpen(false)
  }
  return (
    <>
      <Button variant="default" className="ck-screen-only" onClick={() => setOpen(true)}>
        {t('who.anew')}
      </Button>
      <Dialog isOpen={isOpen} onClose={() => setOpen(false)} title={t('who.anewTitle')}>
        <Stack gap="md">
          <p>{t('who.anewText')}</p>
          <Button variant="default" onClick={() => setOpen(false)}>
            {t('deed.cancel')}
          </Button>
          <Button color="red" variant="outline" onClick={() => void begin()}>
            {t('who.anew')}
          </Button>
        </Stack>
      </Dialog>
    </>
  )
}

function Signed({ check }: { check: AuditCheck | null }) {
  const { t } = useTranslation()
  if (check === null) return <p>{t('who.notCompared')}</p>
  const moment = (at: number) => formatMoment(new Date(at), currentLanguage())
  const { witnesses } = check
  const last = Math.max(...witnesses.map(({ at }) => at))
  return (
    <>
      <p>{t('who.signed', { count: check.size, time: moment(check.at) })}</p>
      {check.read < check.size ? <p>{t('who.reading', { count: check.size - check.read })}</p> : null}
      <p>
        {witnesses.length === 0
          ? t('who.noWitness')
          : t('who.witness', { count: witnesses.length, time: moment(last) })}
      </p>
    </>
  )
}
