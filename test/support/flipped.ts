/** The same bytes but for one bit: what a changed byte on a disk or on the way looks like. */
export function flipped(bytes: Uint8Array, at = 0): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(bytes, (byte, index) => (index === at ? byte ^ 1 : byte))
}
