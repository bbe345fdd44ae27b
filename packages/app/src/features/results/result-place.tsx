/** `#/results/<chart>/<slot>`: a form for a value, or one result. */
import { useParams } from 'react-router'
import { usePractice } from '../../app/care/practice-context.tsx'
import { ResultFormScreen } from './result-form-screen.tsx'
import { ResultScreen } from './result-screen.tsx'

export function ResultPlace() {
  const { slot } = useParams()
  const { keep } = usePractice()
  return slot === 'new' || keep.slots.targetOf(slot)?.type === 'form' ? <ResultFormScreen /> : <ResultScreen />
}
