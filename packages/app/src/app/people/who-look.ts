/** Who saw what, asked for with a person already chosen: the next look at the chart's log begins with it, and the one after does not. */
const LOOK = 'who.account'

/** `memories`: of the open chart; `account`: the account whose activity to show. */
export function lookAtWho(memories: Map<string, unknown>, account: string): void {
  memories.set(LOOK, account)
}

/** The account that was chosen; '' for everybody. */
export function lookedAt(memories: Map<string, unknown>): string {
  const account = memories.get(LOOK)
  return typeof account === 'string' ? account : ''
}

export function forgetLook(memories: Map<string, unknown>): void {
  memories.delete(LOOK)
}
