/** What the shells around the app need of it: the platform that they implement. */
export type { OpenFileOptions, Platform } from './platform.ts'
