/**
 * The two small packages that RxDB's suites import and rxdb does not install, as far as the suites use them. The real ones
 * would bring 65 packages along. Pure: runs in Node and in browsers.
 */

/** async-test-util: resolves after `ms` milliseconds. */
export function wait(ms = 0): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** async-test-util: a text of `length` lower-case letters. */
export function randomString(length = 5): string {
  const letters = Array.from({ length }, () => String.fromCharCode(97 + Math.floor(Math.random() * 26)))
  return letters.join('')
}

/** clone: a deep copy. */
export default function clone<T>(value: T): T {
  return structuredClone(value)
}
