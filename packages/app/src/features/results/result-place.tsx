/** `#/results/<chart>/<slot>`: a form for a value, or one result. */
import { useParams } from 'react-router'
import { addressOf } from '../../app/place/addresses.ts'
import { mayHere } from '../../app/practice/may-not.tsx'
import { NotYours } from '../../app/practice/not-yours.tsx'
import { usePractice } from '../../app/practice/practice-context.tsx'
import { ResultFormScreen } from './result-form-screen.tsx'
import { ResultScreen } from './result-screen.tsx'

const WRITING = { adds: 'labs' } as const

export function ResultPlace() {
  const { chart, slot } = useParams()
  const { practice, keep } = usePractice()
  if (slot !== 'new' && keep.slots.targetOf(slot)?.type !== 'form') return <ResultScreen />
  if (mayHere(WRITING, practice.me.roles)) return <ResultFormScreen />
  return <NotYours word="results" what={[WRITING]} back={addressOf('results', chart)} />
}
