/** A place of the practice for who has it. The side bar leads nobody else there; whoever comes by its address is told who has it. */
import type { ReactNode } from 'react'
import { NotYours } from '../practice/not-yours.tsx'
import { usePractice } from '../practice/practice-context.tsx'
import { actionsOfPlace, placesOf, type PracticePlace } from './practice-places.ts'

export function ForPlace({ place, children }: { place: PracticePlace; children: ReactNode }) {
  const { practice } = usePractice()
  if (placesOf(practice).includes(place)) return children
  return <NotYours key={place} word={place} what={actionsOfPlace(place)} />
}
