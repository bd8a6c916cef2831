import type { IncomingHttpHeaders } from 'node:http2';

/** Request metadata. Names are in lower case; values are byte strings, as they came. */
export class IncomingMetadata {
  readonly #headers: IncomingHttpHeaders;
  readonly #raw: readonly string[];
  #hidden: string | undefined;

  constructor(headers: IncomingHttpHeaders, raw: readonly string[]) {
    this.#headers = headers;
    this.#raw = raw;
  }

  /** Makes as if the one name had not been sent: it is a credential, which is nobody else's business. */
  hide(name: string): void {
    this.#hidden = name;
  }

  /** First value of a name. */
  get(name: string): string | undefined {
    const value = name === this.#hidden ? undefined : this.#headers[name];
    if (value === undefined) return undefined;
    // Node joins the values of a repeated name.
    if (typeof value !== 'string' || value.includes(', ')) return this.getAll(name)[0];
    return value;
  }

  getAll(name: string): string[] {
    if (name === this.#hidden) return [];
    return this.#raw.filter((_, at) => at % 2 === 1 && this.#raw[at - 1] === name);
  }

  /** First value of a name that ends in `-bin`. */
  getBytes(name: string): Uint8Array | undefined {
    const value = this.get(name);
    return value === undefined ? undefined : Buffer.from(value.split(',', 1)[0] as string, 'base64');
  }

  /** Names and first values, without those that HTTP/2 itself uses. */
  *entries(): Generator<[string, string]> {
    for (const name of Object.keys(this.#headers)) {
      if (!name.startsWith(':') && name !== this.#hidden) yield [name, this.get(name) as string];
    }
  }
}
