/** What was worked out of late, by name: public keys come again and again, and there is no end of them. */
export class Recent<Value> {
  readonly #most: number
  readonly #values = new Map<string, Value>()

  /** @param most - values kept; of more, the least recently asked for goes */
  constructor(most: number) {
    this.#most = most
  }

  /** The value of `name`, made where it is not kept. `undefined` is no value. */
  of(name: string, make: () => Value): Value {
    const known = this.#values.get(name)
    const value = known === undefined ? make() : known
    // A map is in the order in which it was filled.
    this.#values.delete(name)
    this.#values.set(name, value)
    if (this.#values.size > this.#most) this.#values.delete(this.#values.keys().next().value!)
    return value
  }
}
