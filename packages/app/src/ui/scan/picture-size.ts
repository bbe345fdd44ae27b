/** How large a picture is, before it is decoded: a few kilobytes can hold more points than a device has memory for. */

export interface PictureSize {
  width: number
  height: number
}

/** Four bytes each, a gigabyte in all; the largest cameras of phones stay below. */
const MOST_POINTS = 250_000_000

export function hasTooManyPoints({ width, height }: PictureSize): boolean {
  return width * height > MOST_POINTS
}

/** By its head alone; null where the browser cannot read it. */
export async function pictureSize(picture: Blob): Promise<PictureSize | null> {
  const address = URL.createObjectURL(picture)
  try {
    const probe = new Image()
    return await new Promise((resolve) => {
      probe.onload = () => resolve({ width: probe.naturalWidth, height: probe.naturalHeight })
      probe.onerror = () => resolve(null)
      probe.src = address
    })
  } finally {
    URL.revokeObjectURL(address)
  }
}
