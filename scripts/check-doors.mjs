/**
 * Counts the names that each door of a package exports, and checks that no type of a key, an envelope or a log entry is part of the contract
 * between packages/sync and the app. Plain JavaScript for Node 20.
 */
import { readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import ts from 'typescript'
import { isProgram, repository } from './pinned-node.mjs'

/** The most names that a door may export, types among them. A door is an entry of `exports` in a package.json, other than `./testing`. */
const MOST_NAMES = 70

/** Doors that are still larger, by the name that an import gives. A number here may only go down. */
const LARGER = {
  '@chartkeep/domain': 613,
}

/** The parts that others import by name. */
const ROOMS = [
  ...['app', 'crypto', 'domain', 'interop', 'protocol', 'store', 'sync', 'verify'].map((name) => `packages/${name}`),
  'sync-server',
]

/** The types of the contract, and all that their declarations name. */
const CONTRACT = {
  door: 'packages/sync/src/index.ts',
  /** Where these types may be declared: in the contract itself, or in the package that knows records. */
  allowedFolders: ['packages/sync/src/contract/', 'packages/domain/src/'],
  /** Types of other folders that hold no key, no envelope and no log entry. */
  allowedTypes: ['packages/store/src/disk/disk-trouble.ts DiskTrouble'],
  /** The platform is the other side: it passes the device's disk, lock and clock in. Its types are no part of the contract. */
  notContract: ['DevicePlatform', 'browserPlatform', 'createAccountManager'],
  /** Members that hold bytes: contents of files, files to give away, and a backup on its way between the account and its sealed file. */
  bytes: [
    'Chart.readFile',
    'Chart.streamFile',
    'Chart.saveEvidence',
    'Chart.saveSigned',
    'SavedProof.bytes',
    'Session.saveEvidence',
    'BackupContent.kit',
    'BackupContent.items',
    'AccountManager.restoreBackup',
  ],
}

/**
 * The doors of a part, by the name that an import gives.
 *
 * @param {string} root
 * @param {string} room - path from `root`
 * @returns {{ name: string, file: string }[]} `file`: absolute path
 */
export function doorsOf(root, room) {
  const { name, exports } = JSON.parse(readFileSync(join(root, room, 'package.json'), 'utf8'))
  return Object.entries(exports)
    .filter(([path, file]) => path !== './testing' && /\.tsx?$/u.test(file))
    .map(([path, file]) => ({ name: `${name}${path.slice(1)}`, file: join(root, room, file) }))
}

/**
 * @param {string} name - of a door
 * @param {number} count - of its names
 * @param {Readonly<Record<string, number>>} larger - see {@link LARGER}
 * @returns {string | null} what is wrong with it
 */
export function faultOfDoor(name, count, larger) {
  const most = larger[name]
  if (most === undefined) return count > MOST_NAMES ? `${name} exports ${count} names, ${MOST_NAMES} at most` : null
  if (count === most && most > MOST_NAMES) return null
  return count > most
    ? `${name} exports ${count} names, ${most} at most`
    : `${name} exports only ${count} names: lower its number in scripts/check-doors.mjs`
}

/** @typedef {{ name: string, declaration: ts.Declaration }} DoorExport */

/**
 * A program over files, with no library loaded: names are resolved, types are not checked.
 *
 * @param {readonly string[]} files - absolute paths
 */
export function programOf(files) {
  return ts.createProgram([...files], {
    target: ts.ScriptTarget.ESNext,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    allowImportingTsExtensions: true,
    noEmit: true,
    noLib: true,
    types: [],
  })
}

/**
 * The names that a file exports, by whatever `export ... from` they come.
 *
 * @param {ts.Program} program
 * @param {string} file - absolute path
 * @returns {DoorExport[]} `declaration`: the first one of what the name stands for
 */
export function exportsOf(program, file) {
  const checker = program.getTypeChecker()
  const source = program.getSourceFile(file)
  const symbol = source && checker.getSymbolAtLocation(source)
  if (!symbol) throw new Error(`${file} exports nothing, or is not there.`)
  return checker.getExportsOfModule(symbol).map((each) => {
    const declaration = resolved(checker, each).declarations?.[0]
    if (!declaration) throw new Error(`${file} exports ${each.name}, which leads nowhere.`)
    return { name: each.name, declaration }
  })
}

/** @returns {ts.Symbol} */
function resolved(/** @type {ts.TypeChecker} */ checker, /** @type {ts.Symbol} */ symbol) {
  return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
}

/**
 * @typedef {{ root: string, allowedFolders: readonly string[], allowedTypes: readonly string[], bytes: readonly string[] }} Bounds - paths from
 *   `root`; `allowedTypes`: `<file> <name>`; `bytes`: `<type>.<member>` of members that may hold a Uint8Array
 */

/**
 * Follows every type that the declarations name, down to the last, and says which lie outside the bounds.
 *
 * @param {ts.Program} program
 * @param {readonly DoorExport[]} from
 * @param {Bounds} bounds
 * @returns {string[]} one sentence each
 */
export function leaksOf(program, from, { root, allowedFolders, allowedTypes, bytes }) {
  const checker = program.getTypeChecker()
  /** @type {Set<ts.Declaration>} */
  const seen = new Set()
  /** @type {Set<string>} */
  const faults = new Set()
  /** @type {Set<string>} */
  const usedBytes = new Set()

  const follow = (/** @type {ts.Declaration} */ declaration, /** @type {string} */ by) => {
    if (seen.has(declaration)) return
    seen.add(declaration)
    const file = relative(root, declaration.getSourceFile().fileName).replaceAll('\\', '/')
    const name = nameOf(declaration)
    if (file.includes('node_modules/') || isNumber(declaration)) return
    if (!allowedTypes.includes(`${file} ${name}`) && !allowedFolders.some((folder) => file.startsWith(folder)))
      faults.add(`${by} names ${name} of ${file}, which is no part of the contract`)
    else look(declaration, name)
  }

  const look = (/** @type {ts.Node} */ node, /** @type {string} */ by) => {
    if (ts.isTypeReferenceNode(node) && node.typeName.getText() === 'Uint8Array') {
      const place = memberOf(node, by)
      usedBytes.add(place)
      if (!bytes.includes(place)) faults.add(`${place} holds bytes`)
    } else if (ts.isTypeReferenceNode(node) || ts.isExpressionWithTypeArguments(node) || ts.isTypeQueryNode(node)) {
      const named = ts.isTypeReferenceNode(node)
        ? node.typeName
        : ts.isTypeQueryNode(node)
          ? node.exprName
          : node.expression
      const symbol = checker.getSymbolAtLocation(named)
      for (const declaration of symbol ? (resolved(checker, symbol).declarations ?? []) : [])
        if (!ts.isTypeParameterDeclaration(declaration)) follow(declaration, by)
    } else if (ts.isImportTypeNode(node)) faults.add(`${by} imports a type inside a type`)
    ts.forEachChild(node, (child) => look(child, by))
  }

  for (const { declaration } of from) follow(declaration, 'the door')
  for (const place of bytes) if (!usedBytes.has(place)) faults.add(`${place} is said to hold bytes, and holds none`)
  return [...faults]
}

/** A limit, such as `export const MAX_LENGTH = 200`, is no type. @returns {boolean} */
function isNumber(/** @type {ts.Declaration} */ declaration) {
  return (
    ts.isVariableDeclaration(declaration) &&
    declaration.initializer !== undefined &&
    ts.isNumericLiteral(declaration.initializer)
  )
}

/** @returns {string} */
function nameOf(/** @type {ts.Declaration} */ declaration) {
  return ts.getNameOfDeclaration(declaration)?.getText() ?? ''
}

/** `<type>.<member>`, of the member next to the type. @returns {string} */
function memberOf(/** @type {ts.Node} */ node, /** @type {string} */ type) {
  let member = ''
  for (let at = node; at && !ts.isSourceFile(at); at = at.parent)
    if (ts.isPropertySignature(at) || ts.isMethodSignature(at)) member = at.name.getText()
  return `${type}.${member}`
}

if (isProgram(import.meta.url)) {
  const doors = ROOMS.flatMap((room) => doorsOf(repository, room))
  const program = programOf([...doors.map(({ file }) => file), join(repository, CONTRACT.door)])
  const faults = doors.flatMap(({ name, file }) => {
    const count = exportsOf(program, file).length
    console.log(`${String(count).padStart(4)} names  ${name}`)
    return faultOfDoor(name, count, LARGER) ?? []
  })
  for (const name of Object.keys(LARGER))
    if (!doors.some((door) => door.name === name)) faults.push(`${name} is no door`)
  const contract = exportsOf(program, join(repository, CONTRACT.door)).filter(
    ({ name }) => !CONTRACT.notContract.includes(name),
  )
  faults.push(...leaksOf(program, contract, { root: repository, ...CONTRACT }))
  for (const fault of faults) console.error(fault)
  process.exitCode = faults.length === 0 ? 0 : 1
}
