/** The ending of a file that is handed out: its own, else that of its kind; '' for neither. One that a system would run is no file's own. */
const ENDINGS: Record<string, string> = {
  'application/pdf': '.pdf',
  'application/xml': '.xml',
  'text/xml': '.xml',
  'text/plain': '.txt',
  'text/html': '.html',
  'application/json': '.json',
  'application/dicom': '.dcm',
}

/** Programs, scripts and links of Windows, macOS and Linux: a file that somebody sent must not become one by being saved. */
const RUN =
  /\.(?:app|bat|chm|cmd|com|command|cpl|desktop|dll|exe|gadget|hta|inf|iqy|jar|jnlp|js|jse|lnk|mjs|msc|msi|msix|msp|pif|pkg|ps1|psm1|py|reg|scf|scr|sh|slk|url|vb|vbe|vbs|webloc|ws|wsf|wsh|xll)(?:\.gz)?$/iu

export function endingOf({ name, contentType }: { name: string; contentType: string }): string {
  const own = /\.[a-z0-9]{1,8}(?:\.gz)?$/iu.exec(name)?.[0] ?? ''
  const isRun = RUN.test(own)
  if (own !== '' && !isRun) return own
  return Object.hasOwn(ENDINGS, contentType) ? ENDINGS[contentType]! : isRun ? '.bin' : ''
}
