/** In the place of a form that would ask nobody: why nobody can answer, and the way to a share with the list in it. */
import { collectionOfStreamName } from '@chartkeep/domain'
import { Button } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { addressOf } from '../../place/addresses.ts'
import { useChart } from '../../context/app-context.tsx'
import { collectionLabel } from '../../words/collection-label.ts'
import { Banner } from '../../../ui/display/status-mark.tsx'

/** `words`: of `noAnswerWords`. A private list is offered in no share. */
export function ShareFirst({ list, words }: { list: string; words: string }) {
  const { t } = useTranslation()
  const { summary, slots } = useChart()
  const isShareable = collectionOfStreamName(list) === list
  return (
    <Banner
      status="attention"
      title={t('care.shareFirst')}
      action={
        isShareable ? (
          <Button
            component="a"
            variant="default"
            href={addressOf('share', summary.slot, slots.slotOf({ type: 'list', collection: list }))}
          >
            {t('care.shareNow')}
          </Button>
        ) : undefined
      }
    >
      {words} {t('care.shareWhat', { list: collectionLabel(list, t) })}
    </Banner>
  )
}
