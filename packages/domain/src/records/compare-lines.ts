/** Two texts line by line: which lines stay, which were taken out, which came in. By the longest common subsequence. */

export interface ComparedLine {
  kind: 'same' | 'removed' | 'added'
  text: string
}

/** Longer texts are compared as a whole: removed and added. */
const MAX_LINES = 2000

export function compareLines(before: string, after: string): ComparedLine[] {
  const [a, b] = [linesOf(before), linesOf(after)]
  if (a.length > MAX_LINES || b.length > MAX_LINES)
    return [...a.map((text) => line('removed', text)), ...b.map((text) => line('added', text))]
  // lengths[i][j]: of the longest common subsequence of a from i and b from j.
  const width = b.length + 1
  const lengths = new Uint16Array((a.length + 1) * width)
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      lengths[i * width + j] =
        a[i] === b[j]
          ? lengths[(i + 1) * width + j + 1]! + 1
          : Math.max(lengths[(i + 1) * width + j]!, lengths[i * width + j + 1]!)
  const compared: ComparedLine[] = []
  let [i, j] = [0, 0]
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      compared.push(line('same', a[i]!))
      i++
      j++
    } else if (j >= b.length || (i < a.length && lengths[(i + 1) * width + j]! >= lengths[i * width + j + 1]!))
      compared.push(line('removed', a[i++]!))
    else compared.push(line('added', b[j++]!))
  }
  return compared
}

function line(kind: ComparedLine['kind'], text: string): ComparedLine {
  return { kind, text }
}

function linesOf(text: string): string[] {
  return text === '' ? [] : text.split('\n')
}
