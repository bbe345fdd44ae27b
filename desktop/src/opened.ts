/**
 * What the system hands to the program from outside: a `chartkeep-open:` address that somebody clicked, or a file that somebody opened with
 * Chartkeep. Pure. Nothing is done with either here: the window shows it, and the person decides.
 */

/** The scheme that the installed program registers for sharing codes, pairing codes, invitations and Health Links. */
export const OPEN_SCHEME = 'chartkeep-open'

/** A sharing code with its scheme is below 1,500 characters; a Health Link below 2,000. */
const MOST_CHARACTERS = 4096
/** Endings of files that the program offers to open. A doubtful ending is not refused here: the import says what it reads. */
const FILE_ENDING = /\.(?:ckbackup|smart-health-card|json|ndjson|xml|zip|pdf)$/iu

export type Opened = { type: 'code'; text: string } | { type: 'file'; path: string }

/**
 * @param address - as the system gives it, such as `chartkeep-open:chartkeep:share/v1/...`; anybody can make a person click on one
 * @returns the text behind the scheme; null for another scheme, nothing behind it, too much, or control characters
 */
export function codeFrom(address: string): string | null {
  if (address.length > MOST_CHARACTERS || !address.toLowerCase().startsWith(`${OPEN_SCHEME}:`)) return null
  const behind = address.slice(OPEN_SCHEME.length + 1).replace(/^\/\//u, '')
  let text: string
  try {
    text = decodeURIComponent(behind).trim()
  } catch {
    return null
  }
  // eslint-disable-next-line no-control-regex -- they are what is refused
  return text === '' || /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/u.test(text) ? null : text
}

/**
 * What a start of the program, or of a second one, was asked to open.
 *
 * @param args - the command line behind the program's own name; switches and anything unknown are passed over
 * @returns in the order given; at most 16
 */
export function openedBy(args: readonly string[]): Opened[] {
  const opened: Opened[] = []
  for (const arg of args) {
    if (arg.startsWith('-')) continue
    const text = codeFrom(arg)
    if (text !== null) opened.push({ type: 'code', text })
    else if (FILE_ENDING.test(arg) && !/^[a-z][a-z0-9+.-]+:\/\//iu.test(arg)) opened.push({ type: 'file', path: arg })
  }
  return opened.slice(0, 16)
}
