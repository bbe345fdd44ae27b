/** A short list of lines, each of which is a button. */
import { Button, Stack } from '@mantine/core'

export function RowButtons({
  rows,
  onPick,
}: {
  rows: readonly { id: string; text: string }[]
  onPick: (text: string) => void
}) {
  return (
    <Stack gap="xs">
      {rows.map(({ id, text }) => (
        <Button
          key={id}
          variant="default"
          justify="flex-start"
          onClick={() => onPick(text)}
          styles={{ label: { whiteSpace: 'normal', textAlign: 'start' } }}
        >
          {text}
        </Button>
      ))}
    </Stack>
  )
}
