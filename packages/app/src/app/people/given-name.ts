/** How a person is greeted: the first word of a name, or the whole of one that is written without spaces, as Chinese names are. */
export function givenName(name: string): string {
  const [first = ''] = name.trim().split(/\s+/u)
  return first
}
