/** A QR code as SVG with its quiet zone, always black on white so that cameras read it in dark mode too. */
import { encodeQR } from 'qr'

/** `label` says what it is; the caller must also show the same text for people without a camera. */
export function QrCode({ text, label, size = 200 }: { text: string; label: string; size?: number }) {
  const modules = encodeQR(text, 'raw', { ecc: 'medium', border: 4 })
  const path = modules.flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? [`M${x} ${y}h1v1h-1z`] : []))).join('')
  return (
    <svg
      role="img"
      aria-label={label}
      width={size}
      height={size}
      viewBox={`0 0 ${modules.length} ${modules.length}`}
      shapeRendering="crispEdges"
      style={{ background: '#fff', borderRadius: 6, maxWidth: '100%', height: 'auto' }}
    >
      <path d={path} fill="#000" />
    </svg>
  )
}
