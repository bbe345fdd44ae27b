/**
 * The internals of sync (logs, sealing, pull, push, consent, audit), for tests and benchmarks. Shipped code must not import it; the import
 * law checks that.
 */
export { AccountBook } from './account/account-book.ts'
export {
  type BoxKeys,
  type DeviceSecrets,
  createDevice,
  deviceName,
  openBoxKeys,
  openUnderBoxKey,
  recoveryDevice,
  sealUnderBoxKey,
} from './account/account-keys.ts'
export { ACCOUNT_TABLE, type IdentityRow } from './account/account-store.ts'
export {
  deviceAddedEntry,
  deviceNamedEntry,
  deviceRemovedEntry,
  genesisEntry,
  vaultsEntry,
} from './account/account-writer.ts'
export { currentMember } from './account/current-member.ts'
export { type MemberInput, memberAddedEntry } from './account/practice-writer.ts'
export { comparisonOf, readSharingCode, writeSharingCode } from './account/sharing-code.ts'
export { APART_MS, TwoClocks, clockError, runningBack } from './account/two-clocks.ts'
export { auditCheck, unnotedEnvelopes } from './audit/access-log.ts'
export { makeProof } from './audit/audit-proof.ts'
export {
  accessRows,
  readAuditAgain,
  auditFaultOf,
  auditHeadOf,
  auditReadOf,
  restartAudit,
  faultToShow,
  stopAudit,
} from './audit/audit-rows.ts'
export { type AuditOutcome, syncAudit } from './audit/audit-sync.ts'
export { beaconRows, compareBeacons, freshnessOf, syncBeacons } from './audit/beacons.ts'
export { evidenceFile, evidenceViews } from './audit/kept-evidence.ts'
export { detachUnsent, unsealed } from './backup/detach-unsent.ts'
export { earlierVersions, recordHistory } from './chart/chart-history.ts'
export { ChartProjections } from './chart/chart-projections.ts'
export { ChartSigning } from './chart/chart-signing.ts'
export { ChartWriter } from './chart/chart-writer.ts'
export { OpenChart } from './chart/chart.ts'
export { settleAccess, maintainMembership } from './chart/membership-maintenance.ts'
export { type PublishingChart, publish as publishRecord, publishedState, settleCopies } from './chart/publish.ts'
export { ContentSignatures } from './chart/sign-content.ts'
export { type ControlActionOutcome, authorOf, postEntry } from './consent/control-action.ts'
export { acceptEntry, cutEntry, grantEntry, signEntry, vaultEntry } from './consent/control-writer.ts'
export { departedOf, departuresOf, postDepartures, readDepartures, signDepartures } from './consent/departures.ts'
export { AT_ONCE, readableCollections } from './consent/expired-grant-lock.ts'
export { MAX_DEVICE_CUTS } from './consent/member-devices.ts'
export { addOwnerNow, leaveNow, offerNow, takeOverNow } from './consent/owners.ts'
export { dropIntent, fulfilIntents, keepIntent, intentsOf } from './consent/pending-intents.ts'
export { grantsToRoles } from './consent/practice-vault.ts'
export { bringPrivateLists } from './consent/private-lists.ts'
export { purgeRevokedVault } from './consent/revocation-purge.ts'
export {
  type ShareIntent,
  acceptNow,
  bringAccessLog,
  cutDeviceNow,
  cutGrantNow,
  endOwnerNow,
  grantNow,
  ownerCut,
} from './consent/sharing.ts'
export { submitLate, submitBeforePurge, waitingToSubmit } from './consent/submit-after-revocation.ts'
export type { ImportCounts, ImportItem, SeenVersions } from './contract/api-records.ts'
export type { ShareInput } from './contract/api-sharing.ts'
export type { SignInput } from './contract/api-signatures.ts'
export { prepareNote } from './edit/audit-note.ts'
export { readNote, writeNote } from './edit/file-note.ts'
export { ReconcileTransaction } from './edit/reconcile-transaction.ts'
export {
  type Draft,
  type Prepared,
  commitVersions,
  decisionCount,
  prepareResolution,
  prepareVersion,
  versionsNow,
} from './edit/vault-local.ts'
export { commitAndSeal, keepVersion, sealAhead, sealBatch, sealWhileAway } from './edit/vault-seal.ts'
export { nameOfOpening } from './emergency/emergency-ends.ts'
export { askToOpen, signEmergencyEnd, signEmergencyRequest } from './emergency/emergency-request.ts'
export { emergencyUses, readEmergencies } from './emergency/emergency-uses.ts'
export { HeldCharts, lockEndOf } from './emergency/held-charts.ts'
export { PairingJoiner } from './enrol/pairing-joiner.ts'
export { namedBlobs, purgeFiles, sweepFiles } from './files/file-names.ts'
export { readAddressed, streamFile } from './files/file-read.ts'
export { type FileSource, bytesSource, hashFile, sealLargeFile } from './files/file-seal.ts'
export { noteNamed, sendFiles } from './files/file-send.ts'
export { FileTransfers } from './files/file-transfers.ts'
export { dropUnfinished, unfinishedFiles } from './files/file-unfinished.ts'
export { keepFile, readFile } from './files/files.ts'
export { restoreFiles } from './files/inline-files.ts'
export {
  quarantinedCount,
  decisionsOf,
  lateItems,
  lateName,
  lateRowsOf,
  readLateArrivals,
  takeFromBox,
  withForerunners,
} from './files/quarantine-inbox.ts'
export { reseedFiles } from './files/reseed-files.ts'
export { type ImportInput, importItems } from './files/vault-import.ts'
export type { AuditApi } from './ports/audit-api.ts'
export type { Answer, AccountRows, ServerApi, VaultRows } from './ports/ports.ts'
export type { BeaconApi, ReseedApi } from './ports/reseed-api.ts'
export { shownName } from './ports/shown-name.ts'
export { appendControl, pullControl } from './pull/control-pull.ts'
export { rebuildEntry } from './pull/rebuild-entry.ts'
export { applyEntry, pullStreams } from './pull/vault-pull.ts'
export { startPush, takePushAnswer, waitingCount } from './push/vault-push.ts'
export {
  acceptClock,
  clockTime,
  handSource,
  makeRow,
  nextClock,
  readPlaintext,
  rowToPlaintext,
} from './record/record-codec.ts'
export { recordFiles } from './record/record-files.ts'
export { type Moved, SyncLoop } from './replicate/sync-loop.ts'
export { type SyncOutcome, hasEnded, syncBriefly, syncVault } from './replicate/vault-sync.ts'
export { reseedAccount, reseedAccounts } from './reseed/reseed-account.ts'
export { reachedHead, reseedVault } from './reseed/reseed.ts'
export { restartVault } from './reseed/restart-action.ts'
export { AccountActions } from './session/account-actions.ts'
export { formerOf, continueAsNewDevice, isContinuing, secretsOf } from './session/cloned-device-recovery.ts'
export { EndedCharts } from './session/ended-charts.ts'
export { ServerLosses } from './session/server-loss.ts'
export { AdaptivePageSize, createPageSizes } from './transport/adaptive-page-size.ts'
export { HttpServer, serverInfo } from './transport/http-server.ts'
export type { LiveNews } from './transport/live-connection.ts'
export { type PairingRelay, openPairing, pairingRelay, sealPairing } from './transport/pairing-relay.ts'
export { PAIRING_WORDS } from './transport/pairing-words.ts'
export { accountRows, vaultRows } from './vault/chart-rows.ts'
export {
  ACCESS_LOG,
  type GrantLabel,
  importedDocId,
  openName,
  openParts,
  sealName,
  sealPart,
} from './vault/content-keys.ts'
export { provesCopy } from './vault/device-sequence.ts'
export { sealReason } from './vault/emergency-box.ts'
export { freshKeys, ownerPart, publish } from './vault/entry-parts.ts'
export { entryAt, entryTable, readEntry } from './vault/entry-row.ts'
export { OutboxItem, type OutboxRow, outboxOf } from './vault/outbox.ts'
export { openVault } from './vault/vault-open.ts'
export { ownGrants, writableStream } from './vault/vault-rights.ts'
export {
  TABLE,
  type VaultMachine,
  conflictRows,
  conflictsOf,
  disputesOf,
  entryKey,
  exclusive,
  headOf,
  newestKey,
  recordNamed,
  refreshKeys,
  rowValue,
  stopOf,
  streamName,
} from './vault/vault-state.ts'
export type { DecryptWorkers, DecryptPort } from './record/decrypt-worker-protocol.ts'
