/**
 * Reads a QR code with the camera or from a picture that is chosen as a file. Without a camera, or without leave to use it, it says so; what it
 * would have read can always be pasted.
 */
import { Button } from '@mantine/core'
import { useCallback, useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { qrReader, readQrFile } from './qr-reading.ts'
import styles from './qr-scanner.module.css'
import { Banner } from '../display/status-mark.tsx'

/** Frames per second are the camera's; so often one is looked at. */
const LOOK_MS = 250
/**
 * `onRead` gets every text that was read until it answers true. `choosePicture`: the system's dialogue for one picture. `isMain`: scanning is what
 * most people do here.
 */
export function QrScanner({
  onRead,
  choosePicture,
  isMain = false,
}: {
  onRead: (text: string) => boolean
  choosePicture: () => Promise<File[]>
  isMain?: boolean
}) {
  const { t } = useTranslation()
  const [state, setState] = useState<'off' | 'starting' | 'on' | 'refused'>('off')
  const [picture, setPicture] = useState<'none' | 'reading' | 'no-picture' | 'no-code' | 'other-code'>('none')
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
    setPicture('none')
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

  const readPicture = async () => {
    const [file] = await choosePicture()
    if (file === undefined) return
    setState((before) => (before === 'refused' ? 'off' : before))
    setPicture('reading')
    const texts = await readQrFile(file).catch(() => null)
    if (texts === null) return setPicture('no-picture')
    if (texts.length === 0) return setPicture('no-code')
    setPicture(texts.some((text) => read.current(text)) ? 'none' : 'other-code')
  }

  useEffect(() => {
    const shown = video.current
    if (state !== 'on' || shown === null || stream.current === null) return
    let isOver = false
    shown.srcObject = stream.current
    const look = async () => {
      await shown.play()
      const readFrame = await qrReader()
      while (!isOver) {
        const texts = shown.videoWidth > 0 ? await readFrame(shown, shown.videoWidth, shown.videoHeight) : []
        if (!isOver && texts.some((text) => read.current(text))) {
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
        <div className={styles.ways}>
          <Button variant={isMain ? 'filled' : 'default'} onClick={() => void start()} loading={state === 'starting'}>
            {t('pair.scan')}
          </Button>
          <Button variant="default" onClick={() => void readPicture()} loading={picture === 'reading'}>
            {t('pair.picture.choose')}
          </Button>
        </div>
      )}
      {state === 'refused' ? <Banner status="attention">{t('pair.noCamera')}</Banner> : null}
      {picture === 'none' || picture === 'reading' ? null : (
        <Banner status="attention" urgent>
          {t(`pair.picture.${picture}`)}
        </Banner>
      )}
    </div>
  )
}
