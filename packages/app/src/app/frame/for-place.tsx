/**
 * A place of the practice, for members who have it. The side bar shows it to nobody else; a person who opens its address is told which
 * roles have it.
 */
import type { ReactNode } from 'react'
import { NotYours } from '../practice/not-yours.tsx'
import { usePractice } from '../practice/practice-context.tsx'
import { actionsOfPlace, placesOf, type PracticePlace } from './practice-places.ts'

export function ForPlace({ place, children }: { place: PracticePlace; children: ReactNode }) {
  const { practice } = usePractice()
  if (placesOf(practice).includes(place)) return children
  return <NotYours key={place} word={place} what={actionsOfPlace(place)} />
}
