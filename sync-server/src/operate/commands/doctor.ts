/** `doctor`: one line per finding; exit code 1 if one of them is a failure. */
import type { Config } from '../config.ts'
import { examine } from '../doctor.ts'

export async function doctorCommand(config: Config, print: (line: string) => void): Promise<number> {
  const findings = await examine(config)
  for (const { level, topic, text } of findings) print(`${level.padEnd(5)}${topic.padEnd(12)}${text}`)
  return findings.some(({ level }) => level === 'fail') ? 1 : 0
}
