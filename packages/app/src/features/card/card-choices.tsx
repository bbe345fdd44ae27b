/** The boxes of the emergency card: each fact, and each group at once. Nothing is ticked but what the owner ticked. */
import { type EmergencyCardChoice, momentOf } from '@chartkeep/domain'
import { useTranslation } from 'react-i18next'
import { currentLanguage } from '../../i18n/index.ts'
import { CARD_GROUPS, type CardGroup, type CardItem } from './card-items.ts'
import { itemText } from './card-text.ts'
import styles from './card.module.css'

/** `onChange` gets all keys that are shown from now on. */
export function CardChoices({
  items,
  choice,
  onChange,
}: {
  items: readonly CardItem[]
  choice: EmergencyCardChoice
  onChange: (shows: string[]) => void
}) {
  const { t } = useTranslation()
  const { shows, checked } = choice
  const wasChecked = checked === '' ? Infinity : momentOf(checked)
  const set = (keys: readonly string[], isShown: boolean) =>
    onChange([...shows.filter((key) => !keys.includes(key)), ...(isShown ? keys : [])])
  const nameOf = (group: CardGroup) =>
    group === 'person'
      ? t('emergencyCard.person')
      : group === 'contacts'
        ? t('summary.contacts')
        : t(`collection.${group}`)
  return CARD_GROUPS.map((group) => {
    const found = items.filter((item) => item.group === group)
    const keys = found.map(({ key }) => key)
    const shown = keys.filter((key) => shows.includes(key)).length
    return (
      <fieldset key={group} className={styles.choice}>
        <legend>{nameOf(group)}</legend>
        {found.length === 0 ? <p className={styles.note}>{t('summary.nothing')}</p> : null}
        {found.length > 1 && group !== 'person' ? (
          <label className={styles.all}>
            <input
              type="checkbox"
              checked={shown === keys.length}
              ref={(input) => {
                if (input) input.indeterminate = shown > 0 && shown < keys.length
              }}
              onChange={(event) => set(keys, event.currentTarget.checked)}
            />
            <span>{t('emergencyCard.all', { list: nameOf(group), count: keys.length })}</span>
          </label>
        ) : null}
        {found.map((item) => {
          const isShown = shows.includes(item.key)
          return (
            <label key={item.key} className={found.length > 1 && group !== 'person' ? styles.one : undefined}>
              <input
                type="checkbox"
                checked={isShown}
                onChange={(event) => set([item.key], event.currentTarget.checked)}
              />
              <span>
                {itemText(item, [currentLanguage()])}{' '}
                {!isShown && item.savedAt > wasChecked ? (
                  <span className={styles.note}>
                    {t('joined.bracket', { text: '', more: t('emergencyCard.added') })}
                  </span>
                ) : !isShown && item.isSuggested ? (
                  <span className={styles.note}>
                    {t('joined.bracket', { text: '', more: t('emergencyCard.suggested') })}
                  </span>
                ) : null}
              </span>
            </label>
          )
        })}
      </fieldset>
    )
  })
}
