/** An action that takes time: whether it is running, and in words what went wrong. An action that throws ends too and reports an error. */
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

export interface Action {
  isWorking: boolean
  /** '' for nothing. */
  problem: string
  setProblem: (problem: string) => void
  /** `work` resolves to what went wrong, in words, or '' on success; `run` then resolves to true. */
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
