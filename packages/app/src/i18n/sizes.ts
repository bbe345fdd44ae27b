/** Sizes of files for people: kB below a megabyte, MB above it, never 0. */

/** `bytes` rounded to whole kilobytes or megabytes. */
export function bytesText(bytes: number): string {
  return bytes >= 1024 * 1024 ? `${Math.round(bytes / 1024 / 1024)} MB` : `${Math.max(1, Math.round(bytes / 1024))} kB`
}
