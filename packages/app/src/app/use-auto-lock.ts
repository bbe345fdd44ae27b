/** Locks after the chosen minutes without a touch; true during the last minute, when any touch keeps it open. */
import { useEffect, useState } from 'react'
import { lockMinutes } from './preferences.ts'

const WARNING_MS = 60_000
const CHECK_EVERY_MS = 5_000

/** `lock` gets the minutes, for the sentence on the unlock screen. */
export function useAutoLock(lock: (minutes?: number) => Promise<void>): boolean {
  const [isWarned, setWarned] = useState(false)
  useEffect(() => {
    let lastTouch = Date.now()
    const touch = () => {
      lastTouch = Date.now()
      setWarned(false)
    }
    // A timer alone would sleep with the device; the clock tells how long it really was.
    const check = () => {
      const minutes = lockMinutes()
      if (minutes === 0) return
      const idle = Date.now() - lastTouch
      if (idle >= minutes * 60_000) void lock(minutes)
      else setWarned(idle >= minutes * 60_000 - WARNING_MS)
    }
    const timer = setInterval(check, CHECK_EVERY_MS)
    const events = ['pointerdown', 'keydown', 'wheel', 'touchstart'] as const
    for (const event of events) window.addEventListener(event, touch, { passive: true })
    document.addEventListener('visibilitychange', check)
    return () => {
      clearInterval(timer)
      for (const event of events) window.removeEventListener(event, touch)
      document.removeEventListener('visibilitychange', check)
    }
  }, [lock])
  return isWarned
}
