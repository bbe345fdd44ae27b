/** Zips for tests, made entry by entry, so that each field can be wrong. */
import { crc32, deflateRawSync } from 'node:zlib'

export interface ZipPart {
  name: string
  content: Uint8Array | string
  /** Stored where false; packed else. */
  isPacked?: boolean
  /** What the directory says instead of the truth. */
  lies?: Partial<{ size: number; crc: number; flags: number; offset: number; method: number }>
}

/** An archive of these files in their order. */
export function madeZip(parts: readonly ZipPart[]): Uint8Array {
  const pieces: Buffer[] = []
  const directory: Buffer[] = []
  let at = 0
  for (const { name, content, isPacked = true, lies = {} } of parts) {
    const bytes = Buffer.from(content)
    const packed = isPacked ? deflateRawSync(bytes) : bytes
    const nameBytes = Buffer.from(name, 'utf8')
    const head = Buffer.alloc(30)
    head.writeUInt32LE(0x04034b50, 0)
    head.writeUInt16LE(lies.flags ?? 0x800, 6)
    head.writeUInt16LE(lies.method ?? (isPacked ? 8 : 0), 8)
    head.writeUInt32LE(lies.crc ?? crc32(bytes), 14)
    head.writeUInt32LE(packed.length, 18)
    head.writeUInt32LE(lies.size ?? bytes.length, 22)
    head.writeUInt16LE(nameBytes.length, 26)
    const entry = Buffer.alloc(46)
    entry.writeUInt32LE(0x02014b50, 0)
    head.copy(entry, 6, 4, 30)
    entry.writeUInt32LE(lies.offset ?? at, 42)
    directory.push(entry, nameBytes)
    pieces.push(head, nameBytes, packed)
    at += 30 + nameBytes.length + packed.length
  }
  const list = Buffer.concat(directory)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(parts.length, 8)
  end.writeUInt16LE(parts.length, 10)
  end.writeUInt32LE(list.length, 12)
  end.writeUInt32LE(at, 16)
  return Buffer.concat([...pieces, list, end])
}
