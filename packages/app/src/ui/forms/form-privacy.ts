/** Whether what a form saves is for the people who look after the chart alone; null where that is not asked. */
import { createContext } from 'react'

export interface FormPrivacy {
  isPrivate: boolean
  onChange: (isPrivate: boolean) => void
}

export const FormPrivacyContext = createContext<FormPrivacy | null>(null)
