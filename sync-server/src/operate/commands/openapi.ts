/** `openapi FILE`: writes the description of the HTTP interface, generated from the routes. */
import { writeFileSync } from 'node:fs'
import { describeInterface } from '../../http/openapi.ts'

export async function openApiCommand(file: string, print: (line: string) => void): Promise<number> {
  writeFileSync(file, await describeInterface())
  print(`Written: ${file}`)
  return 0
}
