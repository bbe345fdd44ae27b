/**
 * Frees large buffers immediately. The garbage collector weighs only its own heap, where these buffers look small, so
 * a server that carries megabytes a second would otherwise hold tens of megabytes of unused ones.
 */

/** Smaller buffers may share their memory with others. */
const LARGE = 64 * 1024

/**
 * Frees the memory behind `bytes`; afterwards every view of it is empty. Does nothing if `bytes` is part of a larger
 * buffer.
 */
export function release(bytes: Uint8Array): void {
  const { buffer, byteLength } = bytes
  if (byteLength < LARGE || byteLength !== buffer.byteLength || !(buffer instanceof ArrayBuffer)) return
  buffer.transfer(0)
}
