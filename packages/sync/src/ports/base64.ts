/** Base64 with padding (RFC 4648 section 4), as FHIR writes files; it uses the engine's own functions, because files have megabytes. */

/** Null if the text is not base64. */
export function base64ToBytes(base64: string): Uint8Array | null {
  let binary: string
  try {
    binary = atob(base64)
  } catch {
    return null
  }
  const bytes = new Uint8Array(binary.length)
  for (let at = 0; at < binary.length; at++) bytes[at] = binary.charCodeAt(at)
  return bytes
}

const PIECE = 3 * 8192

export function bytesToBase64(bytes: Uint8Array): string {
  const pieces: string[] = []
  for (let at = 0; at < bytes.length; at += PIECE)
    pieces.push(btoa(String.fromCharCode(...bytes.subarray(at, at + PIECE))))
  return pieces.join('')
}
