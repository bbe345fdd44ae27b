/**
 * Arrays of bytes up to a length, for a worker that unpacks what somebody sent: three kilobytes of a PDF can unpack to gigabytes, and the end of a
 * worker for want of memory is the end of the page.
 */

/** From then on each longer array that this thread asks for is refused with a RangeError, which readers of files take for damage. */
export function limitArrays(mostBytes: number): void {
  const Plain = globalThis.Uint8Array
  const Limited: typeof Plain = new Proxy(Plain, {
    construct(_, given: readonly unknown[], made): Uint8Array {
      const [length] = given
      if (typeof length === 'number' && length > mostBytes) throw new RangeError('more bytes than this thread may hold')
      return Reflect.construct(Plain, given, made === Limited ? Plain : made) as Uint8Array
    },
  })
  globalThis.Uint8Array = Limited
}
