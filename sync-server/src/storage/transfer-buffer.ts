/**
 * Gives large buffers back at once. The collector frees them too, but it looks at its own heap, in which they are small: a server that
 * carries megabytes a second would hold tens of megabytes of them that nobody reads any more.
 */

/** Smaller ones may share their memory with others. */
const LARGE = 64 * 1024

/** Frees the memory behind `bytes`, which nobody may read any more: every view of it is empty from now on. Nothing for a part of something. */
export function release(bytes: Uint8Array): void {
  const { buffer, byteLength } = bytes
  if (byteLength < LARGE || byteLength !== buffer.byteLength || !(buffer instanceof ArrayBuffer)) return
  buffer.transfer(0)
}
