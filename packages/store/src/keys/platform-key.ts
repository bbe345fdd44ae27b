/**
 * A key that this device's own hardware or system keeps, used together with the passphrase or, where it counts tries, a short PIN: a
 * thief who has copied the disk cannot guess at it elsewhere. The port, and two adapters: a passkey with the PRF extension
 * (https://www.w3.org/TR/webauthn-3/#prf-extension) in browsers, and the system's key storage behind a desktop shell.
 * A platform key that is lost takes nothing with it: the recovery kit opens the store.
 */
import { randomBytes } from '@chartkeep/crypto'
import { concatBytes } from '@chartkeep/crypto/encoding'

/**
 * Why a platform key is not there. `cancelled`: the person or the system broke it off. `gone`: it was removed, or
 * belongs to another device. `unavailable`: this browser or system has none.
 */
export type PlatformKeyRefusal = { type: 'refused'; why: 'cancelled' | 'gone' | 'unavailable' }

/** One way to keep a key on this device. Nothing here throws for what a person or a system can do. */
export interface PlatformKey {
  /** Stored in the keyring row: which adapter can open it. */
  readonly kind: 'passkey' | 'system'
  available(): Promise<boolean>
  /** Makes a new key. `handle` is not secret and is kept in the row; `secret` has 32 bytes: wipe it after use. */
  create(): Promise<{ type: 'created'; handle: Uint8Array; secret: Uint8Array } | PlatformKeyRefusal>
  /** The same 32 bytes again. */
  unlock(handle: Uint8Array): Promise<{ type: 'unlocked'; secret: Uint8Array } | PlatformKeyRefusal>
}

/**
 * Whether the platform asks for the person each time and stops somebody who guesses, which alone makes a short PIN safe. A passkey does: the
 * authenticator verifies the person. A desktop system's key storage gives the key to any program of the person's login, as often as it asks.
 */
export function countsTries(kind: PlatformKey['kind']): boolean {
  return kind === 'passkey'
}

const SECRET_LENGTH = 32
const NONE: PlatformKeyRefusal = { type: 'refused', why: 'unavailable' }

// --- passkey -------------------------------------------------------------------------------------------------------

/** Length of the salt before the credential's id in the handle. */
const SALT_LENGTH = 32
const TIMEOUT_MS = 120_000
/** EdDSA, ES256, RS256 (https://www.iana.org/assignments/cose): what authenticators sign with; no signature is used here. */
const ALGORITHMS = [-8, -7, -257]

/**
 * A passkey of this browser or system. Its name is the same for everybody, because passkeys may be shown and copied
 * outside this device. It always asks for the person (user verification).
 * handle = salt (32) ‖ credential id.
 */
export function passkey(
  credentials: CredentialsContainer | undefined = globalThis.navigator?.credentials,
): PlatformKey {
  return {
    kind: 'passkey',
    available: hasPasskeys,
    async create() {
      if (!credentials || !(await hasPasskeys())) return NONE
      const salt = randomBytes(SALT_LENGTH)
      const name = 'Chartkeep'
      const made = await asked(() =>
        credentials.create({
          publicKey: {
            rp: { name },
            user: { id: own(randomBytes(16)), name, displayName: name },
            challenge: own(randomBytes(32)),
            pubKeyCredParams: ALGORITHMS.map((alg) => ({ type: 'public-key', alg })),
            authenticatorSelection: { userVerification: 'required', residentKey: 'preferred' },
            timeout: TIMEOUT_MS,
            extensions: { prf: { eval: { first: own(salt) } } },
          },
        }),
      )
      if ('why' in made) return made
      const { prf } = made.getClientExtensionResults()
      if (!prf?.enabled && !prf?.results) return NONE
      const handle = concatBytes(salt, new Uint8Array(made.rawId))
      const secret = secretOf(prf.results)
      if (secret) return { type: 'created', handle, secret }
      // Many make the credential first and compute only when asked for it.
      const unlocked = await evaluate(credentials, handle)
      return unlocked.type === 'unlocked' ? { ...unlocked, type: 'created', handle } : unlocked
    },
    unlock: async (handle) => (credentials ? evaluate(credentials, handle) : NONE),
  }
}

async function evaluate(
  credentials: CredentialsContainer,
  handle: Uint8Array,
): Promise<{ type: 'unlocked'; secret: Uint8Array } | PlatformKeyRefusal> {
  const found = await asked(() =>
    credentials.get({
      publicKey: {
        challenge: own(randomBytes(32)),
        allowCredentials: [{ type: 'public-key', id: own(handle.subarray(SALT_LENGTH)) }],
        userVerification: 'required',
        timeout: TIMEOUT_MS,
        extensions: { prf: { eval: { first: own(handle.subarray(0, SALT_LENGTH)) } } },
      },
    }),
  )
  if ('why' in found) return found
  const secret = secretOf(found.getClientExtensionResults().prf?.results)
  return secret ? { type: 'unlocked', secret } : NONE
}

/** Browsers answer alike for "cancelled" and "no such passkey", so that pages cannot ask who is there. */
async function asked(ask: () => Promise<Credential | null>): Promise<PublicKeyCredential | PlatformKeyRefusal> {
  try {
    const answer = await ask()
    return answer === null ? { type: 'refused', why: 'cancelled' } : (answer as PublicKeyCredential)
  } catch (error) {
    const name = error instanceof Error ? error.name : ''
    if (name === 'NotAllowedError' || name === 'AbortError') return { type: 'refused', why: 'cancelled' }
    return NONE
  }
}

function secretOf(results: AuthenticationExtensionsPRFValues | undefined): Uint8Array | null {
  if (!results) return null
  const { first } = results
  const bytes = first instanceof ArrayBuffer ? new Uint8Array(first) : new Uint8Array(first.buffer).slice()
  return bytes.length === SECRET_LENGTH ? bytes : null
}

async function hasPasskeys(): Promise<boolean> {
  const known = globalThis.PublicKeyCredential as
    (typeof PublicKeyCredential & { getClientCapabilities?(): Promise<Record<string, boolean>> }) | undefined
  if (known === undefined) return false
  const capabilities = await known.getClientCapabilities?.().catch(() => null)
  if (capabilities?.['extension:prf'] === false) return false
  return known.isUserVerifyingPlatformAuthenticatorAvailable().catch(() => false)
}

/** WebAuthn's types want a view on a plain ArrayBuffer. */
function own(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes)
}

// --- the system's key storage behind a desktop shell ------------------------------------------------------------------

/** What a desktop shell offers: bytes sealed and opened by a key that the system keeps for this person's login. */
export interface SystemKeys {
  /** False where the system would keep the key in the open. */
  available(): Promise<boolean>
  protect(bytes: Uint8Array): Promise<Uint8Array>
  /** Null when the system can no longer open these bytes. */
  unprotect(sealed: Uint8Array): Promise<Uint8Array | null>
}

/** A random key, sealed by the system; the handle is what it sealed. */
export function systemKey(keys: SystemKeys): PlatformKey {
  return {
    kind: 'system',
    available: () => keys.available().catch(() => false),
    async create() {
      if (!(await keys.available().catch(() => false))) return NONE
      const secret = randomBytes(SECRET_LENGTH)
      try {
        return { type: 'created', handle: await keys.protect(secret), secret }
      } catch {
        return NONE
      }
    },
    async unlock(handle) {
      if (!(await keys.available().catch(() => false))) return NONE
      const secret = await keys.unprotect(handle).catch(() => null)
      return secret?.length === SECRET_LENGTH ? { type: 'unlocked', secret } : { type: 'refused', why: 'gone' }
    },
  }
}
