/**
 * A button whose action needs no confirmation: shows that it is working, and in words what went wrong, including a thrown error
 * (use-action.ts).
 */
import { Button } from '@mantine/core'
import { Problem } from '../../ui/display/status-mark.tsx'
import { useAction } from './use-action.ts'

/** `run` resolves to what went wrong, in words; '' or nothing on success. */
export function ActionButton({ action, run: work }: { action: string; run: () => Promise<string | void> }) {
  const { isWorking, problem, run } = useAction()
  return (
    <>
      <Button variant="default" loading={isWorking} onClick={() => void run(async () => (await work()) ?? '')}>
        {action}
      </Button>
      <Problem text={problem} />
    </>
  )
}
