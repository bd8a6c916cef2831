const PLACEHOLDER = '<redacted>';

/** A value that printing, logging and serialising show as a placeholder. Read it with `reveal()`. */
export class Redacted<Value> {
  readonly #value: Value;

  constructor(value: Value) {
    this.#value = value;
    Object.defineProperty(this, Symbol.for('nodejs.util.inspect.custom'), { value: () => PLACEHOLDER });
  }

  reveal(): Value {
    return this.#value;
  }

  toString(): string {
    return PLACEHOLDER;
  }

  toJSON(): string {
    return PLACEHOLDER;
  }
}
