/** An account as its person deals with it: how it is unlocked, which devices it has, and how one comes in or goes. */

/** An account on this device, as the unlock screen may know it: nothing sealed is opened for it. */
export interface AccountSlot {
  slot: string
  /** What the person typed for the unlock screen. */
  label: string
  /** Wrong passphrases since the last unlock. */
  failedTries: number
  /** Set where a key of this device is needed too; what is typed may then be a PIN. */
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
  /** The person says that the words are the same: this device enrols the new one. The account is unchanged before this call. */
  confirm(name?: string): Promise<{ type: 'added' } | PairingRefusal>
  /** After {@link confirm}: how it ended at the other device. `refused`: it was taken out again. `unknown`: it has not said. */
  entered(): Promise<'entered' | 'refused' | 'unknown'>
  cancel(): Promise<void>
}

export interface DeviceView {
  id: string
  name: string
  kind: 'device' | 'recovery'
  thisDevice: boolean
  /** F3: this very device was entered under this id too, until it was copied or restored and continued under a new one. */
  former: boolean
  removed: boolean
  /** K7: came in by the recovery kit, and nobody has said on this device that it was them. */
  newByKit: boolean
  /** How it came in; `by` is the name of the device that let it in, '' where there is none. */
  added: { how: 'first' | 'kit' | 'pairing'; by: string }
  /** When this device saw it come in, by the server's time; not `isExact`: it was there already. Null where no server said. */
  seen: { time: number; isExact: boolean } | null
  /**
   * F2: when the device last said how far it is, milliseconds since 1970 by its own clock, where something has come since and a day has gone;
   * null where it is up to date, or has never said anything of a chart that is open here.
   */
  outOfDateSince: number | null
  /** When it last said how far it is, by its own clock, of a chart that is open here; null where it never did, and of this device. */
  heardAt: number | null
}

export type AccountActionOutcome = { type: 'done' } | { type: 'offline' } | { type: 'refused'; error: string }

/** Why a device from a backup did not get in. `other-kit`: not the current kit of this account. */
export type JoinRefusal =
  { type: 'wrong-code' } | { type: 'other-kit' } | { type: 'offline' } | { type: 'refused'; error: string }

export type PassphraseChange =
  | { type: 'changed' }
  | { type: 'wrong-passphrase' }
  | { type: 'platform-key'; why: 'cancelled' | 'gone' | 'unavailable' }
  | { type: 'failed' }
