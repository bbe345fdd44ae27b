/**
 * A dialogue and a sheet with a name and a close button: Mantine's, but with a heading in place of its `header` element,
 * which screen readers would take for the page's own.
 */
import { CloseButton, Drawer, Modal } from '@mantine/core'
import type { MouseEvent, ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import styles from './dialogs.module.css'

interface DialogProps {
  isOpen: boolean
  onClose: () => void
  title: string
  children: ReactNode
}

/** A question in the middle of the screen. Escape closes it. */
export function Dialog({ isOpen, onClose, title, children }: DialogProps) {
  return (
    <Modal.Root opened={isOpen} onClose={onClose} centered>
      <Modal.Overlay backgroundOpacity={0.45} />
      <Modal.Content aria-label={title} radius="md">
        <Modal.Body>
          <Head title={title} onClose={onClose} />
          {children}
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  )
}

/**
 * A sheet from an edge of the screen: from below, within reach of the thumbs, or from the side for lists. Following one of its links closes
 * it, even a link to the current address.
 */
export function Sheet({ isOpen, onClose, title, children, from }: DialogProps & { from: 'bottom' | 'left' }) {
  const follow = (event: MouseEvent<HTMLElement>) => {
    if (event.target instanceof Element && event.target.closest('a')) onClose()
  }
  return (
    <Drawer.Root opened={isOpen} onClose={onClose} position={from} size={from === 'bottom' ? 'auto' : 'sm'}>
      <Drawer.Overlay backgroundOpacity={0.45} />
      <Drawer.Content aria-label={title} className={from === 'bottom' ? styles.bottom : undefined}>
        <Drawer.Body onClick={follow}>
          <Head title={title} onClose={onClose} />
          {children}
        </Drawer.Body>
      </Drawer.Content>
    </Drawer.Root>
  )
}

function Head({ title, onClose }: { title: string; onClose: () => void }) {
  const { t } = useTranslation()
  return (
    <div className={styles.head}>
      <h2>{title}</h2>
      <CloseButton onClick={onClose} aria-label={t('deed.close')} />
    </div>
  )
}
