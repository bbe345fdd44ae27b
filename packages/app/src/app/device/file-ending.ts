/** The ending of a file that is handed out: its own, else that of its kind; '' for neither. */
const ENDINGS: Record<string, string> = {
  'application/pdf': '.pdf',
  'application/xml': '.xml',
  'text/xml': '.xml',
  'text/plain': '.txt',
  'text/html': '.html',
  'application/json': '.json',
  'application/dicom': '.dcm',
}

export function endingOf({ name, contentType }: { name: string; contentType: string }): string {
  return /\.[a-z0-9]{1,8}(?:\.gz)?$/iu.exec(name)?.[0] ?? ENDINGS[contentType] ?? ''
}
