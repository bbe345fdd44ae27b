/**
 * Locks after the chosen minutes without a touch, and when the device was asleep; true during the last minute of idling,
 * when any touch keeps it open.
 *
 * There is no event for sleep. A frozen page gets `freeze` where the browser says so; else the clock has jumped between
 * two checks by more than the slowest timer of a hidden tab (once a minute) explains.
 */
import { useEffect, useState } from 'react'
import type { Ending } from './ending.ts'
import { lockMinutes, locksOnSleep } from '../hooks/preferences.ts'

const WARNING_MS = 60_000
const CHECK_EVERY_MS = 5_000
const ASLEEP_MS = 100_000

/** `lock` gets the reason, for the sentence on the unlock screen. */
export function useAutoLock(lock: (ending?: Ending) => Promise<void>): boolean {
  const [isWarned, setWarned] = useState(false)
  useEffect(() => {
    let lastTouch = Date.now()
    let lastCheck = Date.now()
    const touch = () => {
      lastTouch = Date.now()
      setWarned(false)
    }
    const sleep = () => {
      if (locksOnSleep()) void lock({ why: 'sleep' })
    }
    // A timer alone would sleep with the device; the clock tells how long it really was.
    const check = () => {
      const now = Date.now()
      const gap = now - lastCheck
      lastCheck = now
      const minutes = lockMinutes()
      const idle = now - lastTouch
      if (minutes > 0 && idle >= minutes * 60_000) return void lock({ why: 'idle', minutes })
      if (gap >= ASLEEP_MS) sleep()
      setWarned(minutes > 0 && idle >= minutes * 60_000 - WARNING_MS)
    }
    const timer = setInterval(check, CHECK_EVERY_MS)
    const touches = ['pointerdown', 'keydown', 'wheel', 'touchstart'] as const
    for (const event of touches) window.addEventListener(event, touch, { passive: true })
    const wakes = ['visibilitychange', 'resume'] as const
    for (const event of wakes) document.addEventListener(event, check)
    document.addEventListener('freeze', sleep)
    return () => {
      clearInterval(timer)
      for (const event of touches) window.removeEventListener(event, touch)
      for (const event of wakes) document.removeEventListener(event, check)
      document.removeEventListener('freeze', sleep)
    }
  }, [lock])
  return isWarned
}
