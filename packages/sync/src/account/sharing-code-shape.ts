/** The content of a sharing code. */
import { bytesShape, MAX_NAME, recordShape, textShape, uintShape, type Shape } from '@chartkeep/protocol'

export interface SharingCode {
  v: number
  account: Uint8Array
  name: string
  /** The length of the account log that the code's owner saw. */
  n: number
  h: Uint8Array
}

export const SharingCode: Shape<SharingCode> = recordShape({
  v: uintShape(255),
  account: bytesShape(16),
  name: textShape(MAX_NAME),
  n: uintShape(),
  h: bytesShape(32),
})
