/**
 * `npm run check [-- <step> ...]`: what must hold before each commit: types, lint, banned words, format, import law, rules of the
 * specification, unit tests. About a minute.
 */
import { ensureInstalled } from './install.mjs'
import { runSteps, summaryOf } from './steps.mjs'

try {
  const asked = process.argv.slice(2)
  ensureInstalled()
  const names = asked.length > 0 ? asked : ['types', 'lint', 'format', 'law', 'rules', 'unit']
  const { text, ok } = summaryOf(await runSteps(names))
  console.log(text)
  process.exitCode = ok ? 0 : 1
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
