/** Everything that the doors of the protocol export, by its name: for tests that look at every message. */
import * as main from '@chartkeep/protocol'
import * as account from '@chartkeep/protocol/account'
import * as audit from '@chartkeep/protocol/audit'
import * as control from '@chartkeep/protocol/control'
import * as emergency from '@chartkeep/protocol/emergency'
import * as ended from '@chartkeep/protocol/ended'
import * as messages from '@chartkeep/protocol/messages'
import * as pairing from '@chartkeep/protocol/pairing'
import * as records from '@chartkeep/protocol/records'
import * as signed from '@chartkeep/protocol/signed'
import * as streams from '@chartkeep/protocol/streams'

export const protocolExports: Readonly<Record<string, unknown>> = {
  ...main,
  ...account,
  ...audit,
  ...control,
  ...emergency,
  ...ended,
  ...messages,
  ...pairing,
  ...records,
  ...signed,
  ...streams,
}
