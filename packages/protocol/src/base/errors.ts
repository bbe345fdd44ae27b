/**
 * Every refusal a server can answer, once, with its status and the rule behind it (H3).
 * On the wire: `{ error: <code>, message }` as JSON. Messages never hold content or key bytes.
 */
export const SYNC_ERRORS = {
  'bad-request': { status: 400, rule: 'H3', message: 'The request is not in the form that the protocol asks for.' },
  unauthenticated: { status: 401, rule: 'H1', message: 'Sign in again: the session is unknown or has ended.' },
  'not-found': { status: 404, rule: 'C6', message: 'There is nothing here that this account may see.' },
  'no-right': { status: 403, rule: 'E6', message: 'The grant does not cover this kind of change.' },
  'head-moved': { status: 409, rule: 'C1', message: 'The log has grown meanwhile: read it and try again.' },
  sequence: { status: 409, rule: 'S2', message: 'The sequence number of this device does not follow.' },
  'heads-unknown': {
    status: 409,
    rule: 'E6',
    message: 'The envelope names a log position that the server does not have.',
  },
  refused: { status: 422, rule: 'E5', message: 'A signature, key or chain does not hold.' },
  'too-early': {
    status: 403,
    rule: 'K7',
    message: 'A device that came in by the recovery kit may do this 24 hours later.',
  },
  'too-late': {
    status: 403,
    rule: 'C11',
    message: 'The time after the end of the grant in which the server still takes something has ended.',
  },
  taken: { status: 409, rule: 'K8', message: 'Another device has answered this pairing code.' },
  'append-only': { status: 422, rule: 'S5', message: 'This stream takes no changes and no deletions.' },
  'too-large': { status: 413, rule: 'S8', message: 'The envelope or the request is larger than allowed.' },
  quota: { status: 413, rule: 'S8', message: 'The space of this account, or of this grant, is used up.' },
  'server-full': {
    status: 507,
    rule: 'H7',
    message: 'The server has no room. Nothing was taken and nothing is lost: your device keeps it, and sends it later.',
  },
  'rate-limited': { status: 429, rule: 'S8', message: 'Too many requests: wait, then continue.' },
  'link-ended': { status: 403, rule: 'B4', message: 'The link has ended or does not hold: ask for a new one.' },
  closed: { status: 403, rule: 'H2', message: 'This server does not take new accounts.' },
  'invite-required': {
    status: 403,
    rule: 'H2',
    message: 'This server takes a new account with an invitation, or once somebody shares a chart with it.',
  },
  'waiting-full': {
    status: 429,
    rule: 'H9',
    message: 'No place is free for accounts that wait: whoever shares with this account scans its code again.',
  },
  'invite-refused': { status: 403, rule: 'H2', message: 'The invitation is unknown, used, or has run out.' },
  refilling: {
    status: 503,
    rule: 'S9',
    message: 'The server lost data and is being refilled. It takes nothing new here yet; nothing was acknowledged.',
  },
  stopping: { status: 503, rule: 'H5', message: 'The server is stopping. Nothing was acknowledged; try again soon.' },
  'server-error': { status: 500, rule: 'H3', message: 'The server failed. Nothing was acknowledged; try again.' },
} as const

export type SyncErrorCode = keyof typeof SYNC_ERRORS
/** An expected refusal, as a value. */
export interface SyncError {
  readonly type: 'error'
  readonly error: SyncErrorCode
  /** After how many seconds the same may be asked again; the header Retry-After. */
  readonly retryAfter?: number
}

export function syncError(error: SyncErrorCode): SyncError {
  return { type: 'error', error }
}

/** Whether an answer is a refusal. */
export function isSyncError(answer: unknown): answer is SyncError {
  return typeof answer === 'object' && answer !== null && (answer as { type?: unknown }).type === 'error'
}

export function isSyncErrorCode(value: unknown): value is SyncErrorCode {
  return typeof value === 'string' && Object.hasOwn(SYNC_ERRORS, value)
}
