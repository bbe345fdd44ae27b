/** The own sharing code with its words and digits; null until it is made. */
import type { Grantee } from '@chartkeep/sync'
import { useEffect, useState } from 'react'
import { useSession } from '../context/app-context.tsx'

export function useSharingCode(): Grantee | null {
  const session = useSession()
  const [code, setCode] = useState<Grantee | null>(null)
  useEffect(() => {
    let isGone = false
    void session.sharingCode().then((mine) => {
      if (!isGone) setCode(mine)
    })
    return () => {
      isGone = true
    }
  }, [session])
  return code
}
