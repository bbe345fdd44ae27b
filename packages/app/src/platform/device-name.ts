/** How a new device calls itself on the list of devices, e.g. "Chrome, Android"; the person can tell two apart by it. */

/** From the browser's own description; no more than browser and system is taken. */
export function deviceName(userAgent: string): string {
  const browser = /Electron/u.test(userAgent)
    ? 'Chartkeep'
    : /Edg\//u.test(userAgent)
      ? 'Edge'
      : /Firefox\//u.test(userAgent)
        ? 'Firefox'
        : /Chrome\//u.test(userAgent)
          ? 'Chrome'
          : /Safari\//u.test(userAgent)
            ? 'Safari'
            : 'Browser'
  const system = /Android/u.test(userAgent)
    ? 'Android'
    : /iPhone|iPad/u.test(userAgent)
      ? 'iOS'
      : /Windows/u.test(userAgent)
        ? 'Windows'
        : /Mac OS/u.test(userAgent)
          ? 'Mac'
          : /Linux/u.test(userAgent)
            ? 'Linux'
            : ''
  return [browser, system].filter(Boolean).join(', ')
}
