/** Which lists of the chart somebody may read: a preset, and each list to tick. A list that is ticked by hand makes the preset "Choose lists". */
import { Checkbox } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { ChooseOne } from '../../ui/fields/choices.tsx'
import { useChart } from '../context/app-context.tsx'
import { scopeLabel, scopeTotal } from '../words/collection-label.ts'
import { useObservable } from '../hooks/use-observable.ts'
import { type Preset, PRESETS, SHAREABLE } from './scopes.ts'
import styles from './share.module.css'

export function ListChoice({
  presets,
  preset,
  collections,
  onChange,
}: {
  presets: readonly Preset[]
  preset: Preset
  collections: readonly string[]
  onChange: (preset: Preset, collections: string[]) => void
}) {
  const { t } = useTranslation()
  const { chart } = useChart()
  const counts = useObservable(chart.counts$) ?? {}
  const toggle = (collection: string, isOn: boolean) =>
    onChange('presetChoose', isOn ? [...collections, collection] : collections.filter((other) => other !== collection))
  return (
    <>
      <ChooseOne
        id="preset"
        legend={t('share.what')}
        value={preset}
        isOptional={false}
        onChange={(chosen) => onChange(chosen as Preset, [...PRESETS[chosen as Preset]])}
        choices={presets.map((value) => ({ value, label: t(`share.${value}`) }))}
      />
      <fieldset className={styles.lists}>
        <legend>{t('overview.lists')}</legend>
        {SHAREABLE.map((collection) => (
          <Checkbox
            key={collection}
            py="xs"
            label={t('joined.bracket', { text: scopeLabel(collection, t), more: scopeTotal(counts, collection) })}
            checked={collections.includes(collection)}
            onChange={(event) => toggle(collection, event.currentTarget.checked)}
          />
        ))}
      </fieldset>
      <p>{t('share.privateNever')}</p>
    </>
  )
}
