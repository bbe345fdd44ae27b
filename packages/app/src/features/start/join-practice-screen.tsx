/** How a clinician comes in: as a member of a practice, with a practice of their own, or alone as the person that charts are shared with. */
import { Button, Stack } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { addressOf } from '../../app/addresses.ts'
import { Screen } from '../../app/screen.tsx'
import { Card } from '../../ui/card.tsx'

export function JoinPracticeScreen() {
  const { t } = useTranslation()
  const ways = [
    { title: t('joining.join'), text: t('joining.joinWhat'), href: addressOf('restore', 'practice') },
    { title: t('joining.make'), text: t('joining.makeWhat'), href: addressOf('start', 'clinic') },
    { title: t('joining.alone'), text: t('joining.aloneWhat'), href: addressOf('start', 'clinician') },
  ]
  return (
    <Screen word="start">
      <h1 tabIndex={-1} id="screen-title">
        {t('joining.title')}
      </h1>
      {ways.map(({ title, text, href }, index) => (
        <Card key={href} title={title}>
          <p>{text}</p>
          <Button component="a" href={href} variant={index === 0 ? 'filled' : 'default'}>
            {title}
          </Button>
        </Card>
      ))}
      <Stack mt="md">
        <Button component="a" href={addressOf('start')} variant="subtle">
          {t('deed.back')}
        </Button>
      </Stack>
    </Screen>
  )
}
