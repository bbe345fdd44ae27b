/** What the shells around the app need of it: the platform that they implement. */
export type { OpenFileOptions, Platform, StorageState, SystemKeys } from './platform/platform.ts'
