/**
 * The shell brings the texts of the first screens alone (i18n/first.ts); whatever is fetched later brings the others with it (i18n/all.ts). A part
 * that says more than it has would show names of keys, on a first visit and nowhere else: so each is followed here along its imports.
 */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { expect, test } from 'vitest'
import { first } from '@chartkeep/app/src/i18n/en/first.ts'
import { en } from '@chartkeep/app/src/i18n/en/index.ts'

const source = fileURLToPath(new URL('../../../packages/app/src', import.meta.url))
const ALL_TEXTS = join(source, 'i18n/all.ts')

interface Module {
  imports: string[]
  /** Parts that are fetched when they are asked for. */
  parts: string[]
  /** Every word in it that could name a text. */
  words: string[]
}

const modules = new Map<string, Module>()

function moduleAt(file: string): Module {
  const known = modules.get(file)
  if (known !== undefined) return known
  const module: Module = { imports: [], parts: [], words: [] }
  modules.set(file, module)
  const at = (name: string) => {
    const path = resolve(dirname(file), name)
    return name.startsWith('.') && /\.tsx?$/u.test(path) && existsSync(path) ? [path] : []
  }
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) {
      const isType = ts.isImportDeclaration(node)
        ? node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword
        : node.isTypeOnly
      if (node.moduleSpecifier && ts.isStringLiteral(node.moduleSpecifier) && !isType)
        module.imports.push(...at(node.moduleSpecifier.text))
      return
    }
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const [name] = node.arguments
      if (name && ts.isStringLiteral(name)) module.parts.push(...at(name.text))
    }
    if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) module.words.push(node.text)
    // `area.${name}`: the whole area is needed.
    if (ts.isTemplateExpression(node)) module.words.push(node.head.text)
    ts.forEachChild(node, visit)
  }
  const kind = file.endsWith('x') ? ts.ScriptKind.TSX : ts.ScriptKind.TS
  visit(ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true, kind))
  return module
}

function* reachedFrom(part: string): Iterable<string> {
  const reached = new Set([part])
  for (const file of reached) {
    yield file
    for (const next of moduleAt(file).imports) reached.add(next)
  }
}

const has = (texts: object, key: string) => {
  let value: unknown = texts
  for (const name of key.replace(/\.$/u, '').split('.')) {
    if (typeof value !== 'object' || value === null) return false
    value = Reflect.get(value, name) ?? Reflect.get(value, `${name}_other`)
  }
  return value !== undefined
}

test('Words: no part of the app says what it has not brought: the first screens their own texts, later ones all', () => {
  const missing: string[] = []
  const begun = [join(source, 'app/main.tsx')]
  for (const part of begun) {
    const files = [...reachedFrom(part)]
    // What it fetches in its turn finds what it has brought.
    if (files.includes(ALL_TEXTS)) continue
    for (const file of files) {
      const { parts, words } = moduleAt(file)
      for (const next of parts) if (!begun.includes(next)) begun.push(next)
      for (const word of words)
        if (/^\w+\.[\w.]*$/u.test(word) && has(en, word) && !has(first, word))
          missing.push(`${relative(source, file)}, fetched with ${relative(source, part)}: ${word}`)
    }
  }
  expect(missing).toEqual([])
  // It has gone through the first screens, and through what they fetch.
  expect([...modules.keys()].map((file) => relative(source, file))).toEqual(
    expect.arrayContaining([
      'features/start/welcome-screen.tsx',
      'features/unlock/kit-unlock.tsx',
      'app/routes/session-routes.tsx',
    ]),
  )
})
