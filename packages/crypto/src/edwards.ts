/**
 * The few facts about the curve of Ed25519 (RFC 8032 section 5.1) that the strict
 * check of rule K2 needs. BigInt, not constant time: for public keys only.
 */

const P = 2n ** 255n - 19n
/** Order of the base point. */
const L = 2n ** 252n + 27742317777372353535851937790883648493n
const D = mod(-121665n * inverse(121666n))
const SQRT_MINUS_ONE = power(2n, (P - 1n) / 4n)

/** Extended homogeneous coordinates: x = X/Z, y = Y/Z, x*y = T/Z. */
interface Point {
  readonly X: bigint
  readonly Y: bigint
  readonly Z: bigint
  readonly T: bigint
}

const IDENTITY: Point = { X: 0n, Y: 1n, Z: 1n, T: 0n }

/** y of two of the four points of order 8; P minus it is y of the other two. */
const ORDER_8_Y = 2707385501144840649318225287225658788936804267575313519463743609750303402022n
/** The y of the eight points whose order divides 8, listed at https://c2sp.org/CCTV/ed25519. */
const SMALL_ORDER_Y = [0n, 1n, P - 1n, ORDER_8_Y, P - ORDER_8_Y]
const SMALL_ORDER_Y_BYTES = SMALL_ORDER_Y.map(toLittleEndian)
const P_BYTES = toLittleEndian(P)
const L_BYTES = toLittleEndian(L)

/** Whether 32 bytes, read little endian, are a scalar below L (refuses a second form of the same signature). */
export function isCanonicalScalar(bytes: Uint8Array): boolean {
  return isBelow(bytes, L_BYTES)
}

/**
 * Whether 32 bytes may stand for a point in a signature: y < p, and the point is not
 * of small order. The two encodings with x = -0 are y = 1 and y = p - 1, both of
 * small order, so they are refused with them. Says nothing about lying on the curve.
 */
export function isAllowedPoint(bytes: Uint8Array): boolean {
  const y = new Uint8Array(bytes)
  y[31]! &= 0x7f
  if (!isBelow(y, P_BYTES)) return false
  for (const small of SMALL_ORDER_Y_BYTES) if (isSame(y, small)) return false
  return true
}

/** Whether 32 bytes that {@link isAllowedPoint} takes encode a point of the prime-order group: on the curve, and L times it is the identity. */
export function isInPrimeOrderGroup(bytes: Uint8Array): boolean {
  const point = decodePoint(bytes)
  return point !== null && isIdentity(multiply(point, L))
}

function isBelow(bytes: Uint8Array, bound: Uint8Array): boolean {
  for (let i = 31; i >= 0; i--) {
    if (bytes[i]! !== bound[i]!) return bytes[i]! < bound[i]!
  }
  return false
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  for (let i = 0; i < 32; i++) if (a[i] !== b[i]) return false
  return true
}

/** RFC 8032 section 5.1.3, but for the sign of x: a point and its negative are in the same group. Null when the y has no x. */
function decodePoint(bytes: Uint8Array): Point | null {
  const y = fromLittleEndian(bytes) & (2n ** 255n - 1n)
  const u = mod(y * y - 1n)
  const v = mod(D * y * y + 1n)
  let x = mod(u * v ** 3n * power(mod(u * v ** 7n), (P - 5n) / 8n))
  const check = mod(v * x * x)
  if (check !== u && check !== mod(-u)) return null
  if (check !== u) x = mod(x * SQRT_MINUS_ONE)
  return { X: x, Y: y, Z: 1n, T: mod(x * y) }
}

/** RFC 8032 section 5.1.4; complete, so it doubles too. */
function add(p: Point, q: Point): Point {
  const a = mod((p.Y - p.X) * (q.Y - q.X))
  const b = mod((p.Y + p.X) * (q.Y + q.X))
  const c = mod(2n * p.T * q.T * D)
  const d = mod(2n * p.Z * q.Z)
  const e = b - a
  const f = d - c
  const g = d + c
  const h = b + a
  return { X: mod(e * f), Y: mod(g * h), Z: mod(f * g), T: mod(e * h) }
}

function multiply(point: Point, scalar: bigint): Point {
  let sum = IDENTITY
  for (const bit of scalar.toString(2)) {
    sum = add(sum, sum)
    if (bit === '1') sum = add(sum, point)
  }
  return sum
}

function isIdentity(point: Point): boolean {
  return point.X === 0n && point.Y === point.Z
}

function mod(n: bigint): bigint {
  const rest = n % P
  return rest < 0n ? rest + P : rest
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n
  for (const bit of exponent.toString(2)) {
    result = mod(result * result)
    if (bit === '1') result = mod(result * base)
  }
  return result
}

function inverse(n: bigint): bigint {
  return power(n, P - 2n)
}

function fromLittleEndian(bytes: Uint8Array): bigint {
  let n = 0n
  for (let i = bytes.length - 1; i >= 0; i--) n = (n << 8n) | BigInt(bytes[i]!)
  return n
}

function toLittleEndian(n: bigint): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, i) => Number((n >> BigInt(8 * i)) & 255n))
}
