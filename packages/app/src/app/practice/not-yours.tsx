/** Shown in place of a screen whose actions the member's roles do not give: an address can be typed, and stays open when roles change. */
import { useTranslation } from 'react-i18next'
import { ScreenHead } from '../../ui/display/card.tsx'
import type { ScreenWord } from '../place/addresses.ts'
import { Screen } from '../place/screen.tsx'
import { type Lacking, MayNot } from './may-not.tsx'
import { usePractice } from './practice-context.tsx'

/** `back`: where the screen is reached from, in a chart. */
export function NotYours({ word, what, back }: { word: ScreenWord; what: readonly Lacking[]; back?: string }) {
  const { t } = useTranslation()
  const { practice } = usePractice()
  const title = t(`screen.${word}`)
  return (
    <Screen word={word} focusKey="not yours">
      <ScreenHead
        title={title}
        above={
          back === undefined ? null : (
            <a className="ck-alone" href={back}>
              {t('deed.backTo', { place: title })}
            </a>
          )
        }
      >
        {practice.name}
      </ScreenHead>
      {what.map((each) => (
        <MayNot key={JSON.stringify(each)} what={each} />
      ))}
    </Screen>
  )
}
