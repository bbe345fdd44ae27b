/** How a chart is marked on every screen: what its person is called here, who they are to this person, symbol and colour. */
import { Stack, TextInput } from '@mantine/core'
import type { ChartAppearance } from '@chartkeep/sync'
import { useTranslation } from 'react-i18next'
import { KIN } from '../../app/people/kin.ts'
import { ChooseOne } from '../../ui/fields/choices.tsx'
import { PersonSymbol, symbolOf, TONES } from '../../ui/display/person-chip.tsx'
import { limited } from '../../ui/fields/limited.tsx'
import styles from './family.module.css'

/** What the fields hold; `kin` '' = not said. */
export type LookValues = Pick<ChartAppearance, 'name' | 'kin' | 'symbol'> & { tone: number }

export function LookFields({
  values,
  nameError,
  onChange,
}: {
  values: LookValues
  nameError: string | undefined
  onChange: (change: Partial<LookValues>) => void
}) {
  const { t } = useTranslation()
  const { name, kin, tone } = values
  const symbol = values.symbol.trim() || symbolOf(name)
  return (
    <Stack gap="lg">
      <TextInput
        id="name"
        label={t('household.name')}
        value={name}
        {...limited(name, 60, t, t('household.nameHint'))}
        error={nameError}
        onChange={(event) => onChange({ name: event.currentTarget.value })}
        autoComplete="off"
      />
      <ChooseOne
        id="kin"
        legend={t('household.kin')}
        value={kin}
        onChange={(value) => onChange({ kin: value })}
        choices={KIN.map((word) => ({ value: word, label: t(`kin.${word}`) }))}
      />
      <div className={styles.mark}>
        <PersonSymbol person={{ name, symbol, tone }} size={56} />
        <TextInput
          id="symbol"
          label={t('household.symbol')}
          description={t('household.symbolHint')}
          value={values.symbol}
          placeholder={symbolOf(name)}
          onChange={(event) => onChange({ symbol: [...event.currentTarget.value].slice(0, 2).join('') })}
          autoComplete="off"
        />
      </div>
      <ChooseOne
        id="tone"
        legend={t('household.tone')}
        value={String(tone)}
        isOptional={false}
        onChange={(value) => onChange({ tone: Number(value) })}
        choices={TONES.map((word, index) => ({ value: String(index), label: t(`tone.${word}`) }))}
      />
    </Stack>
  )
}
