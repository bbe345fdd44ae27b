/** Resources that a PDF may need (character maps, fonts, decoders), from the one file that the build packs; see vite.config.ts. */

/** Its address on our own origin. */
declare const PDF_DATA: string

type Kind = 'cMapUrl' | 'standardFontDataUrl' | 'wasmUrl'

const FOLDERS: Readonly<Record<Kind, string>> = {
  cMapUrl: 'cmaps',
  standardFontDataUrl: 'standard_fonts',
  wasmUrl: 'wasm',
}

interface Pack {
  bytes: Uint8Array
  places: Readonly<Record<string, [number, number]>>
}

let pack: Promise<Pack> | null = null

async function loadPack(): Promise<Pack> {
  const answer = await fetch(PDF_DATA)
  if (!answer.ok) throw new Error(`The data for PDFs did not come (${answer.status}).`)
  const bytes = new Uint8Array(await answer.arrayBuffer())
  const length = new DataView(bytes.buffer).getUint32(0)
  const places = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length))) as Pack['places']
  return { bytes: bytes.subarray(4 + length), places }
}

/** In the form that pdf.js asks for (`BinaryDataFactory`). */
export class PackedData {
  async fetch({ kind, filename }: { kind: Kind; filename: string }): Promise<Uint8Array> {
    pack ??= loadPack().catch((error: unknown) => {
      // The next page asks again.
      pack = null
      throw error
    })
    const { bytes, places } = await pack
    const name = `${FOLDERS[kind]}/${filename}`
    const place = Object.hasOwn(places, name) ? places[name] : undefined
    if (place === undefined) throw new Error(`The data for PDFs holds no ${name}.`)
    // A copy: what goes to a worker may be handed over.
    return bytes.slice(place[0], place[0] + place[1])
  }
}
