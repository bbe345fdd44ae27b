/** What every signed statement of one device about one vault begins with: beacons (F2), departures (C10), requests in an emergency (C13). */
import { HASH_LENGTH, ID_LENGTH } from '../base/limits.ts'
import { bytes, exactly, record, uint } from '../base/shape.ts'

/** Number and hash of the last entry of a log. */
export const HeadShape = record({ n: uint(), h: bytes(HASH_LENGTH) })

/** Fields of such a statement; each kind adds its own. */
export const deviceStatement = {
  v: exactly(1),
  vault: bytes(ID_LENGTH),
  account: bytes(ID_LENGTH),
  device: bytes(ID_LENGTH),
  /** Head of the account log by which the device is live, and has the roles that it acts by. */
  accountLog: HeadShape,
  /** Head of the control log that the device had verified. */
  control: HeadShape,
  /** By the device's clock, milliseconds since 1970: for display only. */
  time: uint(),
}
