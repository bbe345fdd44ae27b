/**
 * Files for the journeys of documents, made when they are needed: a PDF of any number of pages with text in standard fonts and Chinese by a
 * predefined character map (ISO 32000-1, 9.7.5.2), a picture, a C-CDA with everything that must not get into a page, a FHIR bundle, and bytes
 * that say DICOM.
 */
import { createHash } from 'node:crypto'
import { crc32, deflateSync } from 'node:zlib'

/** Each page says its number; the second also holds `chinese`, without any font of its own. */
export function pdfOf(pages: number, chinese = ''): Buffer {
  const objects: string[] = []
  const add = (body: string) => objects.push(body)
  const utf16 = (text: string) => Buffer.from(text, 'utf16le').swap16().toString('hex').toUpperCase()
  add('<< /Type /Catalog /Pages 2 0 R >>')
  add(
    `<< /Type /Pages /Count ${pages} /Kids [${Array.from({ length: pages }, (_, at) => `${7 + at * 2} 0 R`).join(' ')}] >>`,
  )
  add('<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>')
  add('<< /Type /Font /Subtype /Type0 /BaseFont /MSung-Light /Encoding /UniCNS-UTF16-H /DescendantFonts [5 0 R] >>')
  add(
    '<< /Type /Font /Subtype /CIDFontType0 /BaseFont /MSung-Light /CIDSystemInfo << /Registry (Adobe) /Ordering (CNS1) /Supplement 5 >> /FontDescriptor 6 0 R /DW 1000 >>',
  )
  add(
    '<< /Type /FontDescriptor /FontName /MSung-Light /Flags 4 /FontBBox [0 -200 1000 900] /ItalicAngle 0 /Ascent 880 /Descent -120 /CapHeight 880 /StemV 80 >>',
  )
  for (let page = 1; page <= pages; page++) {
    const lines = Array.from(
      { length: 30 },
      (_, line) => `(Line ${line + 1} of page ${page}: glucose 5.4 mmol/L) Tj 0 -20 Td`,
    )
    const more = page === 2 && chinese !== '' ? `/F2 24 Tf <${utf16(chinese)}> Tj` : ''
    const content = `BT /F1 24 Tf 72 760 Td (Report, page ${page}) Tj /F1 12 Tf 0 -40 Td ${lines.join('\n')} ${more} ET`
    add(
      `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R /F2 4 0 R >> >> /Contents ${6 + page * 2} 0 R >>`,
    )
    add(`<< /Length ${content.length} >>\nstream\n${content}\nendstream`)
  }
  return pdfFile(objects)
}

/** A billion pages, all of them one: three lists of a thousand times the next. */
export function pdfOfBillion(): Buffer {
  const list = (count: number, next: number, parent: string) =>
    `<< /Type /Pages ${parent} /Count ${count} /Kids [${`${next} 0 R `.repeat(1000)}] >>`
  const content = 'BT /F1 24 Tf 72 760 Td (The only page) Tj ET'
  return pdfFile([
    '<< /Type /Catalog /Pages 2 0 R >>',
    list(1_000_000_000, 3, ''),
    list(1_000_000, 4, '/Parent 2 0 R'),
    list(1000, 5, '/Parent 3 0 R'),
    '<< /Type /Page /Parent 4 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 7 0 R >> >> /Contents 6 0 R >>',
    `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
  ])
}

/** A page that begins with a word and continues with so many MB of white space, packed twice: some kilobytes for gigabytes. */
export function packedPdf(pageMB: number): Buffer {
  const words = 'BT /F1 24 Tf 10 10 Td (A word) Tj ET'
  const content = deflateSync(deflateSync(Buffer.concat([Buffer.from(words), Buffer.alloc(pageMB * 2 ** 20, ' ')])))
  return pdfFile([
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Count 1 /Kids [3 0 R] >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 5 0 R >> >> /Contents 4 0 R >>',
    `<< /Length ${content.length} /Filter [/FlateDecode /FlateDecode] >>\nstream\n${content.toString('latin1')}\nendstream`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
  ])
}

/** The file of these objects; the first is its catalogue. */
function pdfFile(objects: readonly string[], more = ''): Buffer {
  let text = '%PDF-1.7\n'
  const places = objects.map((body, index) => {
    const at = text.length
    text += `${index + 1} 0 obj\n${body}\nendobj\n`
    return at
  })
  const start = text.length
  const rows = places.map((at) => `${String(at).padStart(10, '0')} 00000 n \n`).join('')
  text += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${rows}trailer << /Size ${objects.length + 1} /Root 1 0 R ${more} >>\nstartxref\n${start}\n%%EOF\n`
  return Buffer.from(text, 'latin1')
}

/** A PDF of one page that says `text`, which opens with `password` alone (standard security handler, revision 2: ISO 32000-1, 7.6.3). */
export function lockedPdfOf(text: string, password: string): Buffer {
  const md5 = (...parts: Uint8Array[]) => createHash('md5').update(Buffer.concat(parts)).digest()
  // ISO 32000-1, algorithm 2, step a.
  const padding = Buffer.from('28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A', 'hex')
  const padded = Buffer.concat([Buffer.from(password, 'latin1'), padding]).subarray(0, 32)
  const id = Buffer.from('chartkeep-test-1')
  const rights = Buffer.from([0xc0, 0xff, 0xff, 0xff])
  const owner = rc4(md5(padded).subarray(0, 5), padded)
  const key = md5(padded, owner, rights, id).subarray(0, 5)
  const user = rc4(key, padding)
  const content = rc4(
    md5(key, Buffer.from([4, 0, 0, 0, 0])).subarray(0, 10),
    Buffer.from(`BT /F1 24 Tf 72 760 Td (${text}) Tj ET`, 'latin1'),
  )
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Count 1 /Kids [3 0 R] >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 5 0 R >> >> /Contents 4 0 R >>',
    `<< /Length ${content.length} >>\nstream\n${content.toString('latin1')}\nendstream`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
    `<< /Filter /Standard /V 1 /R 2 /P ${rights.readInt32LE()} /O <${owner.toString('hex')}> /U <${user.toString('hex')}> >>`,
  ]
  return pdfFile(objects, `/Encrypt 6 0 R /ID [<${id.toString('hex')}> <${id.toString('hex')}>]`)
}

function rc4(key: Uint8Array, bytes: Uint8Array): Buffer {
  const state = Uint8Array.from({ length: 256 }, (_, at) => at)
  const swap = (a: number, b: number) => ([state[a], state[b]] = [state[b]!, state[a]!])
  for (let at = 0, other = 0; at < 256; at++) swap(at, (other = (other + state[at]! + key[at % key.length]!) % 256))
  let [at, other] = [0, 0]
  return Buffer.from(bytes).map((byte) => {
    at = (at + 1) % 256
    other = (other + state[at]!) % 256
    swap(at, other)
    return byte ^ state[(state[at]! + state[other]!) % 256]!
  }) as Buffer
}

/** A picture of four quarters: red and green above, blue and white below (PNG, RGB). */
export function pngOf(width: number, height: number): Buffer {
  return pngWith(width, height, (x, y) =>
    y < height / 2 ? (x < width / 2 ? [200, 0, 0] : [0, 160, 0]) : x < width / 2 ? [0, 0, 200] : [250, 250, 250],
  )
}

/** A white picture (PNG, a bit for each point): some ten kilobytes for hundreds of millions of points. */
export function whitePng(width: number, height: number): Buffer {
  const row = Buffer.alloc(1 + Math.ceil(width / 8), 0xff)
  row[0] = 0
  return pngFile(width, height, [1, 0], Buffer.concat(Array.from({ length: height }, () => row)))
}

/** A picture (PNG, RGB) with this colour at each point. */
export function pngWith(width: number, height: number, colourAt: (x: number, y: number) => number[]): Buffer {
  const rows: Buffer[] = []
  for (let y = 0; y < height; y++) {
    const row = Buffer.alloc(1 + width * 3)
    for (let x = 0; x < width; x++) row.set(colourAt(x, y), 1 + x * 3)
    rows.push(row)
  }
  return pngFile(width, height, [8, 2], Buffer.concat(rows))
}

/** `kind`: bits of a sample, and the type of colour (https://www.w3.org/TR/png-3/#11IHDR). */
function pngFile(width: number, height: number, kind: readonly [number, number], rows: Buffer): Buffer {
  const head = Buffer.alloc(13)
  head.writeUInt32BE(width, 0)
  head.writeUInt32BE(height, 4)
  head.set([...kind, 0, 0, 0], 8)
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type), data])
    const frame = Buffer.alloc(body.length + 8)
    frame.writeUInt32BE(data.length, 0)
    body.copy(frame, 4)
    frame.writeUInt32BE(crc32(body), body.length + 4)
    return frame
  }
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', head),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

/** A summary with a table, a list, styles, and what an attacker would put in: scripts, pictures of elsewhere, a link. */
export const HOSTILE_CCDA = `<?xml version="1.0" encoding="UTF-8"?>
<?xml-stylesheet type="text/xsl" href="https://evil.example/cda.xsl"?>
<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:sdtc="urn:hl7-org:sdtc">
  <code code="34133-9" displayName="Summary of episode note" codeSystem="2.16.840.1.113883.6.1"/>
  <title>Visit summary</title>
  <effectiveTime value="20261112093000+0800"/>
  <recordTarget><patientRole><patient>
    <name><given>Fletcher</given><family>Hyatt</family></name><birthTime value="19600717"/>
  </patient></patientRole></recordTarget>
  <author><assignedAuthor><assignedPerson><name><prefix>Dr</prefix><given>Wei</given><family>Lin</family></name></assignedPerson></assignedAuthor></author>
  <custodian><assignedCustodian><representedCustodianOrganization><name>Green Clinic</name></representedCustodianOrganization></assignedCustodian></custodian>
  <component><structuredBody>
    <component><section><title>Allergies</title><text>
      <script>document.title = 'taken over'</script>
      <table border="1" onclick="alert(1)"><caption>Known allergies</caption><thead><tr><th>Substance</th><th>Reaction</th></tr></thead>
      <tbody><tr><td><content styleCode="Bold">Penicillin</content></td><td>Hives &amp; swelling<br/>in 1997</td></tr></tbody></table>
    </text></section></component>
    <component><section><title>Plan</title><text>
      <paragraph>Come again <content styleCode="Italics">in May</content>.</paragraph>
      <list listType="ordered"><item>Blood test</item><item>Bring the <linkHtml href="https://evil.example/track?who=1">diary</linkHtml></item></list>
      <img src="https://evil.example/pixel.png" onerror="alert(2)"/><iframe src="https://evil.example"/>
      <renderMultiMedia referencedObject="ECG1"/>
    </text></section></component>
    <component><section><title>Codes only</title><entry><act/></entry></section></component>
  </structuredBody></component>
</ClinicalDocument>`

/** A bundle of `count` results. */
export function bundleOf(count: number): string {
  return JSON.stringify({
    resourceType: 'Bundle',
    type: 'collection',
    entry: Array.from({ length: count }, (_, index) => ({
      resource: {
        resourceType: 'Observation',
        id: `o${index}`,
        status: 'final',
        code: { text: `Test ${index + 1}` },
        effectiveDateTime: '2026-03-04',
        valueQuantity: { value: index, unit: 'mmol/L' },
      },
    })),
  })
}

/** Enough to be known as DICOM (PS3.10, 7.1). */
export function dicomBytes(): Buffer {
  return Buffer.concat([Buffer.alloc(128), Buffer.from('DICM'), Buffer.alloc(400, 7)])
}
