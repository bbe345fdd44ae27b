/** A person's deed that takes its time: whether it is at work, and in words what stood in its way. One that throws ends too, and says so. */
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

export interface Action {
  isWorking: boolean
  /** '' for nothing. */
  problem: string
  setProblem: (problem: string) => void
  /** `work` answers with what stands in its way, in words; '' when it is done. True then. */
  run: (work: () => Promise<string>) => Promise<boolean>
}

export function useAction(): Action {
  const { t } = useTranslation()
  const [isWorking, setWorking] = useState(false)
  const [problem, setProblem] = useState('')
  const run = async (work: () => Promise<string>): Promise<boolean> => {
    setWorking(true)
    setProblem('')
    const why = await work().catch(() => t('deed.failed'))
    setWorking(false)
    setProblem(why)
    return why === ''
  }
  return { isWorking, problem, setProblem, run }
}
