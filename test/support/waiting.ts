/** Waiting for what other processes do. */

/** Asks again until `isTrue`, at most `seconds`; throws with `what` after that. */
export async function waitFor(what: string, isTrue: () => Promise<boolean>, seconds = 60): Promise<void> {
  const end = Date.now() + seconds * 1000
  while (!(await isTrue())) {
    if (Date.now() > end) throw new Error(`Waited ${seconds} seconds for ${what}.`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
