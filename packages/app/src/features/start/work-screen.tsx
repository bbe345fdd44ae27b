/** For people who work in a clinic: come into a practice, make one, or work alone. */
import { Button, Stack } from '@mantine/core'
import { IconBuildingHospital, IconStethoscope, IconUsersPlus } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { addressOf } from '../../app/place/addresses.ts'
import { Screen } from '../../app/place/screen.tsx'

const CHOICES = [
  { words: 'joining.invited', address: addressOf('restore', 'practice'), Icon: IconUsersPlus },
  { words: 'joining.make', address: addressOf('start', 'clinic'), Icon: IconBuildingHospital },
  { words: 'joining.alone', address: addressOf('start', 'clinician'), Icon: IconStethoscope },
] as const

export function StartWorkScreen() {
  const { t } = useTranslation()
  return (
    <Screen word="start" focusKey="work">
      <h1 tabIndex={-1} id="screen-title">
        {t('joining.title')}
      </h1>
      <Stack gap="sm" mt="lg">
        {CHOICES.map(({ words, address, Icon }) => (
          <Button
            key={words}
            component="a"
            href={address}
            variant="default"
            justify="flex-start"
            leftSection={<Icon size={22} aria-hidden="true" />}
          >
            {t(words)}
          </Button>
        ))}
      </Stack>
    </Screen>
  )
}
