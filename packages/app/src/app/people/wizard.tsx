/** What is done step by step about a chart: the way back, whose chart and how far, and the heading of the step. */
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useChartLabel } from './use-chart-label.ts'
import { useChart } from '../context/app-context.tsx'
import { Screen } from '../place/screen.tsx'
import styles from './share.module.css'

export function Wizard({
  name,
  back,
  about = '',
  step,
  all,
  title,
  children,
}: {
  /** Tells it from the other ones of this address; not shown. */
  name: string
  /** Where it was begun. */
  back: { href: string; place: string }
  /** Text between chart and step; '' for none. */
  about?: string
  /** From 1 to `all`. */
  step: number
  all: number
  title: string
  children: ReactNode
}) {
  const { t } = useTranslation()
  const labelOf = useChartLabel()
  const { summary } = useChart()
  return (
    <Screen word="share" focusKey={`${name} ${step}`}>
      <div className={styles.wizard}>
        <p>
          <a className="ck-alone" href={back.href}>
            {t('deed.backTo', { place: back.place })}
          </a>
        </p>
        <p className={styles.step}>
          {[labelOf(summary), about, t('share.step', { n: step, all })].filter(Boolean).join(' · ')}
        </p>
        <h1 tabIndex={-1} id="screen-title">
          {title}
        </h1>
        {children}
      </div>
    </Screen>
  )
}
