/** The account log: entries, devices, members and roles of a practice, signing in. */
export { type AccountEntryBody, BoxKeyGrant, DeviceKeys, Waited, decodeAccountEntry } from './account-entry.ts'
export { applyAccountEntry, hasRoomForDevice, mustWait, mustWaitAt, readAccountLog } from './account-log.ts'
export {
  type AccountDevice,
  type AccountMember,
  type AccountRefusal,
  type AccountState,
  type Refused,
  accountHead,
  boxKeyContext,
  deviceLiveAt,
  hasAccountHead,
  lastWrapFor,
  liveDevices,
  newestBoxKey,
  wrapFor,
} from './account-state.ts'
export { MemberEntry, ROLES, type Role, RoleKey, RoleWrap, memberNameHash, roleKeyContext } from './practice-entry.ts'
export {
  actingHead,
  devicesOf,
  everHeld,
  holdersOfRole,
  lastRoleWrapFor,
  leftWithMember,
  liveMembers,
  lostAfter,
  mayOwn,
  memberRolesAt,
  newestRoleKey,
  roleLostAt,
  rolesAt,
  rolesHeld,
} from './practice-log.ts'
export { Challenge, Session, SignInRequest, signInMessage } from './sign-in.ts'
