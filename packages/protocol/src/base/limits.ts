/** Sizes that both sides enforce (rule S8). Bytes unless the name says otherwise. */
export const ID_LENGTH = 16
export const HASH_LENGTH = 32
export const SIGNATURE_LENGTH = 64

export const MAX_ENVELOPE_BYTES = 1024 * 1024
/** Envelopes under one signature (E5). */
export const MAX_BATCH = 128
/** Envelopes in one push (S8): several batches, for each push is one flush of the disk on either side. */
export const MAX_PUSH_ENVELOPES = 512
export const MAX_PUSH_BYTES = 4 * 1024 * 1024
export const MAX_PULL_BYTES = 4 * 1024 * 1024
/** No honest answer is as long: a device reads no further. */
export const MAX_ANSWER_BYTES = 4 * MAX_PULL_BYTES
/** The longest frame of a live connection (S7): one small change, from a device or to it. */
export const MAX_LIVE_BYTES = 64 * 1024
/** Streams that one pull may name. */
export const MAX_PULL_STREAMS = 128
export const MAX_MERGED = 4
export const MAX_PATH = 7

/** Milliseconds. */
export const DAY_MS = 86_400_000

/** One entry of an account log or a control log. */
export const MAX_LOG_ENTRY_BYTES = 512 * 1024
export const MAX_LOG_PAGE_ENTRIES = 256
/** Devices of one account that are live at a time, the recovery device counted: as many as one EK is wrapped to. */
export const MAX_LIVE_DEVICES = 64
/**
 * C12: the same for a practice, and members of it that have not left. An entry that renews the kit wraps EK and the keys of all roles to every
 * device, 168 bytes each time: of 256 devices less than half of {@link MAX_LOG_ENTRY_BYTES}, were they all administrators'.
 */
export const MAX_PRACTICE_DEVICES = 256
export const MAX_MEMBERS = 240
/** Places in the list of an account's vaults. */
export const MAX_LISTED = 4096
/** K7: how long a device that came in by the kit waits before it may remove what was there before it. */
export const KIT_WAIT_MS = DAY_MS
/** Streams of a vault, and in one entry: a cut must be able to renew them all at once (C4). */
export const MAX_STREAMS = 1024
/** Parts of one control-log entry; a cut has one for each owner and each live grant (C4). */
export const MAX_PARTS = 256
export const MAX_LIVE_GRANTS = 240
/** Envelopes that one `accept` names (C9). */
export const MAX_ACCEPTED = 1024
/** C2: of them one or two are holders. With {@link MAX_LIVE_GRANTS} they fit into one entry. */
export const MAX_OWNERS = 16
export const MAX_HOLDERS = 2
/** Signed departures that a server shows of one vault, the newest (C10). */
export const MAX_DEPARTURES = 4096
/** Envelopes of the quarantine inbox that one message settles (C11). */
export const MAX_SETTLED = 1024
/** Beacons that a server keeps and shows of one vault, the newest (F2). */
export const MAX_BEACONS = 1024
/** Keys in one wrap: a grant brings those of all epochs of its streams (C3). */
export const MAX_WRAP_KEYS = 8192
export const MAX_WRAP_BYTES = 1024 * 1024
export const MAX_PART_OPEN_BYTES = 128 * 1024

/** A full chunk of a file with nonce and tag, and what one request may bring of it. */
export const SEALED_CHUNK_BYTES = 1024 * 1024 + 28
export const BLOB_CHUNK_BYTES = 1024 * 1024 + 64
export const MAX_BLOB_CHUNKS = 4096

/** How long a sign-in challenge may be answered, and how long a session lasts (H1). */
export const CHALLENGE_MS = 60_000
export const SESSION_MS = 60 * 60_000

/** C11: how long after a cut a server takes what comes late, unless its operator says otherwise; so long a device waits for word of an early end (C13). */
export const LATE_MS = 90 * DAY_MS
/** C13: how long one opening of an emergency grant lasts, what its reason may hold (UTF-16 units), and how often one device may open a grant in a day. */
export const MIN_EMERGENCY_MS = 60 * 60_000
export const MAX_EMERGENCY_MS = 72 * 60 * 60_000
export const MAX_EMERGENCY_REASON = 500
export const MAX_EMERGENCY_REQUESTS = 20
export const EMERGENCY_REQUESTS_MS = DAY_MS
/** Requests in one answer to an owner's device. */
export const MAX_EMERGENCY_PAGE = 256

/** The name of a person, a device or a practice where it goes to others, in UTF-16 units. */
export const MAX_NAME = 80

/** Longest text that a signer adds to a signature, such as a reason to decline; in UTF-16 units. */
export const MAX_SIGNED_COMMENT = 2000
