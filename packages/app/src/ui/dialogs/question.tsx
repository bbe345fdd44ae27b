/** A question before an action with consequences: what it would do, why it failed, and two buttons, the safe one first. */
import { Button, Stack } from '@mantine/core'
import type { ReactNode } from 'react'
import { Dialog } from './dialogs.tsx'
import { Problem } from '../display/status-mark.tsx'

/** `problem`: '' where there is none. `stay` and `go` are the words of the buttons; `children` say what would happen. */
export function Question({
  isOpen,
  title,
  problem,
  stay,
  go,
  isWorking,
  onStay,
  onGo,
  children,
}: {
  isOpen: boolean
  title: string
  problem: string
  stay: string
  go: string
  isWorking: boolean
  onStay: () => void
  onGo: () => void
  children: ReactNode
}) {
  return (
    <Dialog isOpen={isOpen} onClose={onStay} title={title}>
      {children}
      <Problem text={problem} />
      <Stack gap="sm">
        <Button variant="default" onClick={onStay}>
          {stay}
        </Button>
        <Button onClick={onGo} loading={isWorking}>
          {go}
        </Button>
      </Stack>
    </Dialog>
  )
}
