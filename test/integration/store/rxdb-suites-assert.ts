/** The four words of Node's `assert` that RxDB's suites use, for pages, where there is no Node. Each throws when it does not hold. */
import { deepEqual } from 'rxdb/plugins/utils'

function hold(holds: boolean, message: string): void {
  if (!holds) throw new Error(message)
}

const assert = {
  ok: (value: unknown, message = 'not ok') => hold(Boolean(value), message),
  strictEqual: (actual: unknown, expected: unknown, message = '') =>
    hold(Object.is(actual, expected), `${String(actual)} is not ${String(expected)} ${message}`),
  notStrictEqual: (actual: unknown, other: unknown, message = '') =>
    hold(!Object.is(actual, other), `${String(actual)} is not to be ${message}`),
  deepStrictEqual: (actual: unknown, expected: unknown, message = '') =>
    hold(deepEqual(actual, expected), `${JSON.stringify(actual)} is not ${JSON.stringify(expected)} ${message}`),
}

export default assert
