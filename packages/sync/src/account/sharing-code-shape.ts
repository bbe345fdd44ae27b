/** The content of a sharing code. */
import { MAX_NAME } from '@chartkeep/protocol'
import {
  bytes as bytesShape,
  record as recordShape,
  text as textShape,
  uint as uintShape,
  type Shape,
} from '@chartkeep/protocol/shape'

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
