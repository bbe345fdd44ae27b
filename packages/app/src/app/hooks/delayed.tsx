/** Nothing for 100 ms, then a skeleton of the layout, after 4 s a sentence. */
import { Skeleton, Stack } from '@mantine/core'
import { type ReactNode, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'

/** `children`: anything known already, such as a heading. */
export function Delayed({ children }: { children?: ReactNode }) {
  const { t } = useTranslation()
  const [stage, setStage] = useState(0)
  useEffect(() => {
    const timers = [setTimeout(() => setStage(1), 100), setTimeout(() => setStage(2), 4000)]
    return () => timers.forEach(clearTimeout)
  }, [])
  return (
    <div aria-busy="true">
      {children}
      {stage > 0 ? (
        <Stack gap="sm" mt="md" aria-hidden="true">
          <Skeleton height={48} />
          <Skeleton height={72} />
          <Skeleton height={72} />
          <Skeleton height={72} />
        </Stack>
      ) : null}
      <p role="status">{stage > 1 ? t('state.loading') : ''}</p>
    </div>
  )
}
