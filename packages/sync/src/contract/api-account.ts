/** An account as its person sees it: how it is unlocked, which devices it has, and how devices are added and removed. */

/** An account on this device, as the unlock screen may know it: nothing sealed is opened for it. */
export interface AccountSlot {
  slot: string
  /** What the person typed for the unlock screen. */
  label: string
  /** Wrong passphrases since the last unlock. */
  failedTries: number
  /** Set if a key of this device is needed too; the typed secret may then be a PIN. */
  platform: { kind: PlatformWay; isPin: boolean } | null
}

/** `passkey`: fingerprint, face or device PIN through the browser. `system`: the desktop system's key storage. */
export type PlatformWay = 'passkey' | 'system'

/** What two screens show and two people compare: six words in each language, and 20 digits for mixed languages. */
export interface ComparedNumber {
  words: { en: string[]; zh: string[] }
  digits: string
}

/** Why a pairing ended (K8). No part of it stays on either device. */
export type PairingRefusal =
  | { type: 'offline' }
  | { type: 'bad-code' } // no pairing code
  | { type: 'known-device' } // this device belongs to the account already, or once did
  | { type: 'expired' } // too late, or the code belongs to another server
  | { type: 'taken' } // another device has answered this code
  | { type: 'ended' } // the other side gave up
  | { type: 'cancelled' } // this side gave up
  | { type: 'bad-answer' } // the answer does not belong to this code: an attacker may be between the devices
  | { type: 'other-server' } // the other device's server is not the one that answers here
  | { type: 'fork' } // the server shows another account than the one that was compared
  | { type: 'refused'; error: string }

/** A device that this unlocked device is about to enrol (K8). */
export interface DeviceAddition {
  revealed(): Promise<({ type: 'compare'; deviceName: string } & ComparedNumber) | PairingRefusal>
  /** The person confirms that the words are equal: this device enrols the new one. The account does not change before this call. */
  confirm(name?: string): Promise<{ type: 'added' } | PairingRefusal>
  /** The result at the other device after {@link confirm}. `refused`: the device was removed again. `unknown`: it has not reported. */
  entered(): Promise<'entered' | 'refused' | 'unknown'>
  cancel(): Promise<void>
}

export interface DeviceView {
  id: string
  name: string
  kind: 'device' | 'recovery'
  thisDevice: boolean
  /** F3: an earlier id of this installation, before it was copied or restored and continued as a new device. */
  former: boolean
  removed: boolean
  /** K7: enrolled by the recovery kit, and nobody has confirmed on this device that it was them. */
  newByKit: boolean
  /** How it was enrolled; `by` is the name of the device that enrolled it, '' if there is none. */
  added: { how: 'first' | 'kit' | 'pairing'; by: string }
  /** When this device first saw it, by the server's time; not `isExact`: it was there already. Null if no server told the time. */
  seen: { time: number; isExact: boolean } | null
  /**
   * F2: when the device last published how far it has read, milliseconds since 1970 by its own clock, if it has missed changes for at least
   * a day; null if it is up to date, or has never published anything about a chart that is open here.
   */
  outOfDateSince: number | null
  /**
   * When it last published how far it has read, by its own clock, in a chart that is open here; null if it never did, and for this device.
   */
  heardAt: number | null
}

export type AccountActionOutcome = { type: 'done' } | { type: 'offline' } | { type: 'refused'; error: string }

/** Why a device restored from a backup was not enrolled. `other-kit`: not the account's current kit. */
export type JoinRefusal =
  { type: 'wrong-code' } | { type: 'other-kit' } | { type: 'offline' } | { type: 'refused'; error: string }

export type PassphraseChange =
  | { type: 'changed' }
  | { type: 'wrong-passphrase' }
  | { type: 'platform-key'; why: 'cancelled' | 'gone' | 'unavailable' }
  | { type: 'failed' }
