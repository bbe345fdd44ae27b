/** Several things handed over in one go: one that is not kept keeps the others back from nobody. */

/** `isKept`: of one of them; false or a throw where it was not. Answers with what was not. */
export async function handEachOver<T>(items: readonly T[], isKept: (item: T) => Promise<boolean>): Promise<T[]> {
  const left: T[] = []
  for (const item of items) if (!(await isKept(item).catch(() => false))) left.push(item)
  return left
}
