/** The state of a screen that brings an account to this device: the field values, and the values passed to the account manager. */
import { useState } from 'react'
import type { NewDeviceValues } from './new-device-fields.tsx'
import { NOTHING_TYPED, type TypedTwice } from '../../ui/passphrase/typed-twice.tsx'
import { useApp } from '../context/app-context.tsx'
import { useUsualLabel } from './use-usual-label.ts'

export interface NewDeviceInput {
  /** As the fields show them. */
  values: NewDeviceValues
  change(values: Partial<NewDeviceValues>): void
  /** The usual one where the person gave none. */
  label: string
  passphrase: TypedTwice
  /** '' for none. */
  server: string
}

export function useNewDevice(): NewDeviceInput {
  const { platform } = useApp()
  const usual = useUsualLabel()
  const [given, setGiven] = useState<Partial<NewDeviceValues>>({})
  const values = { label: usual, passphrase: NOTHING_TYPED, server: platform.ownServer ?? '', ...given }
  return {
    values,
    change: (change) => setGiven((before) => ({ ...before, ...change })),
    label: values.label.trim() || usual,
    passphrase: values.passphrase,
    server: values.server.trim(),
  }
}
