/** A button whose deed asks nothing first: at work while it takes its time, and in words what stood in its way, a throw too (use-deed.ts). */
import { Button } from '@mantine/core'
import { Problem } from '../../ui/display/status-mark.tsx'
import { useAction } from './use-action.ts'

/** `run` answers with what stands in the way, in words; '' or nothing when it is done. */
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
