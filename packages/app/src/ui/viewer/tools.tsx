/** The row of tools above what is shown: size, pages, turning. */
import { ActionIcon, Button } from '@mantine/core'
import { IconZoomIn, IconZoomOut, type Icon } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { zoomed } from './page-places.ts'
import styles from './viewer.module.css'

export function Tools({ children }: { children: ReactNode }) {
  const { t } = useTranslation()
  return (
    <div className={`${styles.tools} ck-screen-only`} role="group" aria-label={t('viewer.tools')}>
      {children}
    </div>
  )
}

/** An action as an icon, with its name for screen readers and on hover. */
export function ToolButton({
  label,
  icon: Shape,
  onClick,
  isOff = false,
}: {
  label: string
  icon: Icon
  onClick: () => void
  isOff?: boolean
}) {
  return (
    <ActionIcon variant="default" size={44} aria-label={label} title={label} onClick={onClick} disabled={isOff}>
      <Shape size={22} />
    </ActionIcon>
  )
}

/** Larger, smaller, and back to what fits; `zoom` 1 fits. */
export function ZoomTools({ zoom, onZoom }: { zoom: number; onZoom: (zoom: number) => void }) {
  const { t } = useTranslation()
  return (
    <>
      <ToolButton
        label={t('viewer.zoomOut')}
        icon={IconZoomOut}
        onClick={() => onZoom(zoomed(zoom, -1))}
        isOff={zoom <= 0.25}
      />
      <span className="ck-number" role="status">
        {t('viewer.zoom', { percent: Math.round(zoom * 100) })}
      </span>
      <ToolButton
        label={t('viewer.zoomIn')}
        icon={IconZoomIn}
        onClick={() => onZoom(zoomed(zoom, 1))}
        isOff={zoom >= 4}
      />
      <Button variant="default" onClick={() => onZoom(1)} disabled={zoom === 1}>
        {t('viewer.fit')}
      </Button>
    </>
  )
}
