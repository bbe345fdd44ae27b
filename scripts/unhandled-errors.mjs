/** A reporter for vitest: writes the errors that no test caught, each with the file in which it arose, to the file that CHARTKEEP_UNHANDLED names. Its JSON report leaves them out. */
import { writeFileSync } from 'node:fs'

export default class {
  onTestRunEnd(
    /** @type {unknown} */ _files,
    /** @type {readonly { message?: string, stack?: string, VITEST_TEST_PATH?: string }[]} */ errors,
  ) {
    const found = errors.map(({ message, stack, VITEST_TEST_PATH: file = '' }) => ({
      file,
      message: stack || message || '',
    }))
    const path = process.env['CHARTKEEP_UNHANDLED']
    if (path) writeFileSync(path, JSON.stringify(found))
  }
}
