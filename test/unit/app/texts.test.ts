/** Both languages of the app: the same keys, no empty text, Taiwan's words, and no text outside the language files. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { expect, test } from 'vitest'
import { en } from '@chartkeep/app/src/i18n/en/index.ts'
import { zh } from '@chartkeep/app/src/i18n/zh/index.ts'

const source = fileURLToPath(new URL('../../../packages/app/src', import.meta.url))

function textsByKey(texts: object, prefix = ''): Map<string, string> {
  return new Map(
    Object.entries(texts).flatMap(([key, value]): [string, string][] =>
      typeof value === 'string' ? [[prefix + key, value]] : [...textsByKey(value, `${prefix}${key}.`)],
    ),
  )
}

const english = textsByKey(en)
const chinese = textsByKey(zh)

test('Words: English and Chinese have the same keys; only English has a form for one', () => {
  const expected = [...english.keys()].filter((key) => !key.endsWith('_one')).sort()
  expect([...chinese.keys()].sort()).toEqual(expected)
  for (const key of english.keys()) {
    if (key.endsWith('_one')) expect(english.has(`${key.slice(0, -4)}_other`), key).toBe(true)
  }
})

test('Words: what a form calls its field follows a colon: many fields are questions', () => {
  for (const key of ['required', 'bad'] as const) {
    expect(en.form[key]).toMatch(/: \{field\}$/u)
    expect(zh.form[key]).toMatch(/：\{field\}$/u)
  }
})

test('Words: what leads to the screen of backups calls it by its name', () => {
  for (const texts of [en, zh])
    for (const text of [texts.sync.join, texts.household.notJoined]) expect(text).toContain(texts.screen.backup)
})

test('Words: no text is empty and none has a space at its ends', () => {
  for (const [key, text] of [...english, ...chinese]) {
    if (key === 'share.comma') continue
    expect(text.trim(), key).toBe(text)
    expect(text, key).not.toBe('')
  }
})

test('Words: both languages fill in the same placeholders', () => {
  const placeholders = (text: string) =>
    [...text.matchAll(/\{(\w+)/gu)]
      .map(([, name]) => name)
      .filter((name) => name !== 'count')
      .sort()
  for (const [key, text] of chinese) expect(placeholders(text), key).toEqual(placeholders(english.get(key) ?? ''))
})

test('Words: areas of different files do not replace one another', () => {
  for (const language of ['en', 'zh']) {
    const names = readdirSync(join(source, 'i18n', language))
      .filter((file) => file !== 'index.ts')
      .flatMap((file) =>
        [...readFileSync(join(source, 'i18n', language, file), 'utf8').matchAll(/^ {2}'?([\w-]+)'?: \{/gmu)].map(
          ([, area]) => area,
        ),
      )
    expect(names.length).toBeGreaterThan(20)
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([])
  }
})

/** Words of other regions, and two that mean something else in a hospital or a form. */
const REFUSED = [
  '保存',
  '數據',
  '服務器',
  '網絡',
  '打印',
  '默認',
  '用戶',
  '屏幕',
  '軟件',
  '硬件',
  '質量',
  '信息',
  '視頻',
  '登錄',
  '賬',
  '隔離',
  '輸入錯誤',
  '鏈接',
  '文件夾',
  '設置',
  '加載',
  '激活',
  '鼠標',
  '界面',
  '通過網',
  '缺省',
  '程序',
  '您好',
]
/** Second words for what the glossary has one for: who reads both takes them for two things. */
const DOUBLED = [
  '詞語',
  '部裝置',
  '共享',
  '看診',
  '帳戶',
  '病患',
  '複本',
  '患者',
  '還原碼',
  '藥物',
  '化驗',
  '醫生',
  '照護者',
  '簽名',
]
const SIMPLIFIED = /[们说这个么时发对开关与见请输录数据签药检验码页网络过设备处单号还没传]/u

test('Words: Chinese texts use the words of Taiwan, traditional characters and full-width punctuation', () => {
  const allowed = new Set('個號單處設')
  for (const [key, text] of chinese) {
    for (const word of [...REFUSED, ...DOUBLED]) expect(text.includes(word), `${key}: ${word}`).toBe(false)
    expect([...text].filter((letter) => SIMPLIFIED.test(letter) && !allowed.has(letter)).join(''), key).toBe('')
    expect(/\p{Script=Han}[,.;:?!]/u.test(text), `${key}: half-width punctuation`).toBe(false)
    expect(/[!！]/u.test(text), `${key}: exclamation mark`).toBe(false)
  }
})

test("Words: patients' texts hold no technical word, no apology and no exclamation mark", () => {
  for (const [key, text] of english) {
    expect(/\b(?:vault|epoch|hash|quarantine|fork|token|ciphertext|oops|please|simply)\b/iu.test(text), key).toBe(false)
    expect(text.includes('!'), key).toBe(false)
  }
})

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.tsx'))
    .map((entry) => join(entry.parentPath, entry.name))
}

/** Attributes whose text people see or hear. */
const SPOKEN = new Set(['aria-label', 'title', 'label', 'description', 'placeholder', 'alt', 'error'])

test('Words: no screen has a text of its own; every visible word comes from the language files', () => {
  const files = filesUnder(source)
  expect(files.length).toBeGreaterThan(40)
  const found: string[] = []
  for (const file of files) {
    const tree = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true, ts.ScriptKind.TSX)
    const visit = (node: ts.Node): void => {
      const text = ts.isJsxText(node)
        ? node.text
        : ts.isJsxAttribute(node) && SPOKEN.has(node.name.getText()) && node.initializer
          ? ts.isStringLiteral(node.initializer)
            ? node.initializer.text
            : ''
          : ''
      if (/\p{L}{2,}/u.test(text)) found.push(`${file.slice(source.length)}: ${text.trim()}`)
      ts.forEachChild(node, visit)
    }
    visit(tree)
  }
  expect(found).toEqual([])
})

test('Words: no screen joins texts by signs of one language: a colon and brackets are full-width in Chinese', () => {
  const found = filesUnder(source).flatMap((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => !line.includes('aria-label') && /\bt\(.*\)\}:|\} ?\(\$\{/u.test(line))
      .map((line) => `${file.slice(source.length)}: ${line.trim()}`),
  )
  expect(found).toEqual([])
})

test('Words: every key that a screen names exists', () => {
  const keys = new Set([...english.keys()].map((key) => key.replace(/_(?:one|other)$/u, '')))
  let count = 0
  for (const file of readdirSync(source, { recursive: true, withFileTypes: true })) {
    if (!file.isFile() || !/\.tsx?$/u.test(file.name)) continue
    for (const [, key] of readFileSync(join(file.parentPath, file.name), 'utf8').matchAll(/\bt\(\s*'([\w.-]+)'/gu)) {
      count += 1
      expect(keys.has(key ?? ''), `${file.name}: ${key}`).toBe(true)
    }
  }
  expect(count).toBeGreaterThan(300)
})

/** What no native writer says to a worried friend: see docs/glossary.md for the words in their place. */
const REFUSED_ENGLISH =
  /\b(?:anew|beside|somebody|nobody|anybody|everybody|meanwhile|put aside|wish|deeds?|by itself|by themselves|written down|(?:take|takes|taken|taking) (?:in|out)|takes its place|holders?|(?:re|un)sealed|stands?|stood|go on|goes on|went on|begun|begin|not needed|doubles|passphrases?|drop this|whoever holds|entered in error|in the trash|to the trash|put back|chart holder)\b/iu
/** Long forms that people do not say, and the typewriter's quotation marks. */
const STIFF = /\b(?:is|are|do|does|did|has|have|could|was|were|will|would) not\b|\bcannot\b|["']/iu

test('Words: no English text holds a word of the refused list', () => {
  for (const [key, text] of english) {
    expect(REFUSED_ENGLISH.exec(text.replaceAll(/\{\w+\}/gu, ''))?.[0], `${key}: ${text}`).toBe(undefined)
    expect(STIFF.exec(text)?.[0], `${key}: ${text}`).toBe(undefined)
  }
})

test('Words: "sealed" is said of the envelope with a recovery kit and of nothing else', () => {
  const sealed = [...english].filter(([, text]) => /\bseal/iu.test(text)).map(([key]) => key)
  expect(sealed.filter((key) => !key.startsWith('opener.') && key !== 'people.none')).toEqual([])
})
