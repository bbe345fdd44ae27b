/** The same results as the plot, as a table, newest first. */
import { useTranslation } from 'react-i18next'
import { FigureTable } from './figure-table.tsx'
import type { Placed } from './plot-geometry.ts'
import { StatusMark } from '../display/status-mark.tsx'

/** Rows link to their records, except the one that is open. */
export function TrendTable({ name, placed }: { name: string; placed: readonly Placed[] }) {
  const { t } = useTranslation()
  return (
    <FigureTable name={t('plot.caption', { name })} tall>
      <thead>
        <tr>
          <th scope="col">{t('list.date')}</th>
          <th scope="col">{t('list.value')}</th>
          <th scope="col">{t('list.range')}</th>
          <th scope="col">{t('list.by')}</th>
        </tr>
      </thead>
      <tbody>
        {measurements(placed).map(({ point }) => (
          <tr key={point.id}>
            <th scope="row">
              {point.href ? (
                <a className="ck-alone" href={point.href}>
                  {point.shownDate}
                </a>
              ) : (
                point.shownDate
              )}
            </th>
            <td>
              <span className="ck-nowrap">{point.whole ?? point.text}</span>{' '}
              {point.flagWord && point.flag !== 'none' && point.flag !== 'in' ? (
                <StatusMark status={point.flag.startsWith('critical') ? 'danger' : 'attention'}>
                  {point.flagWord}
                </StatusMark>
              ) : null}
              {point.original ? <div>{t('plot.reported', { value: point.original })}</div> : null}
              {point.was ? <div>{t('result.was', { old: point.was.text })}</div> : null}
            </td>
            <td>
              {point.range?.text ?? t('result.noRange')}
              {point.range?.original ? <div>{t('plot.reported', { value: point.range.original })}</div> : null}
            </td>
            <td>{point.by}</td>
          </tr>
        ))}
      </tbody>
    </FigureTable>
  )
}

/** Newest first, a measurement of several numbers once. */
function measurements(placed: readonly Placed[]): Placed[] {
  const seen = new Set<string>()
  return placed.toReversed().filter(({ point }) => {
    if (seen.has(point.id)) return false
    seen.add(point.id)
    return true
  })
}
