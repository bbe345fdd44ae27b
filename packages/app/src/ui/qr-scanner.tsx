/**
 * Reads a QR code with the camera: the browser's own BarcodeDetector where it has one, a small decoder elsewhere. Pictures stay in this page. Without
 * a camera, or without leave to use it, it says so; what it would have read can always be pasted.
 */
import { Button } from '@mantine/core'
import { useCallback, useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import styles from './qr-scanner.module.css'
import { Banner } from './status-mark.tsx'

type ReadFrame = (video: HTMLVideoElement) => Promise<string | null>

interface Detector {
  detect(source: HTMLVideoElement): Promise<{ rawValue: string }[]>
}

declare global {
  // eslint-disable-next-line no-var -- only `var` declares a property of globalThis
  var BarcodeDetector:
    { new (options: { formats: string[] }): Detector; getSupportedFormats(): Promise<string[]> } | undefined
}

/** Frames per second are the camera's; so often one is looked at. */
const LOOK_MS = 250
/** Wider frames are drawn smaller: a code of 60 modules stays legible, an old phone stays quick. */
const MAX_WIDTH = 960

/** `onRead` gets every text that was read until it answers true. `isMain`: scanning is what most people do here. */
export function QrScanner({ onRead, isMain = false }: { onRead: (text: string) => boolean; isMain?: boolean }) {
  const { t } = useTranslation()
  const [state, setState] = useState<'off' | 'starting' | 'on' | 'refused'>('off')
  const video = useRef<HTMLVideoElement>(null)
  const stream = useRef<MediaStream | null>(null)
  const read = useRef(onRead)
  useEffect(() => {
    read.current = onRead
  })

  const stop = useCallback(() => {
    for (const track of stream.current?.getTracks() ?? []) track.stop()
    stream.current = null
  }, [])
  useEffect(() => stop, [stop])

  const start = async () => {
    setState('starting')
    try {
      stream.current = await navigator.mediaDevices.getUserMedia({
        video: { facingMode: 'environment', width: { ideal: 1280 } },
        audio: false,
      })
      setState('on')
    } catch {
      setState('refused')
    }
  }

  useEffect(() => {
    const shown = video.current
    if (state !== 'on' || shown === null || stream.current === null) return
    let isOver = false
    shown.srcObject = stream.current
    const look = async () => {
      await shown.play()
      const readFrame = await frameReader()
      while (!isOver) {
        const text = shown.videoWidth > 0 ? await readFrame(shown) : null
        if (text !== null && !isOver && read.current(text)) {
          stop()
          setState('off')
          return
        }
        await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
      }
    }
    look().catch(() => {
      if (!isOver) setState('refused')
    })
    return () => {
      isOver = true
    }
  }, [state, stop])

  return (
    <div className={styles.scanner}>
      {state === 'on' ? (
        <>
          <video ref={video} className={styles.video} muted playsInline aria-label={t('pair.camera')} />
          <p role="status">{t('pair.looking')}</p>
          <Button
            variant="default"
            onClick={() => {
              stop()
              setState('off')
            }}
          >
            {t('pair.cameraOff')}
          </Button>
        </>
      ) : (
        <Button variant={isMain ? 'filled' : 'default'} onClick={() => void start()} loading={state === 'starting'}>
          {t('pair.scan')}
        </Button>
      )}
      {state === 'refused' ? <Banner status="attention">{t('pair.noCamera')}</Banner> : null}
    </div>
  )
}

async function frameReader(): Promise<ReadFrame> {
  const formats = await globalThis.BarcodeDetector?.getSupportedFormats().catch((): string[] => [])
  if (globalThis.BarcodeDetector !== undefined && formats?.includes('qr_code')) {
    const detector = new globalThis.BarcodeDetector({ formats: ['qr_code'] })
    return async (video) => (await detector.detect(video))[0]?.rawValue ?? null
  }
  const { decodeQR } = await import('qr/decode.js')
  const canvas = document.createElement('canvas')
  const context = canvas.getContext('2d', { willReadFrequently: true })
  if (context === null) throw new Error('no canvas')
  return async (video) => {
    const scale = Math.min(1, MAX_WIDTH / video.videoWidth)
    canvas.width = Math.round(video.videoWidth * scale)
    canvas.height = Math.round(video.videoHeight * scale)
    context.drawImage(video, 0, 0, canvas.width, canvas.height)
    try {
      return decodeQR(context.getImageData(0, 0, canvas.width, canvas.height))
    } catch {
      // No code in this frame.
      return null
    }
  }
}
