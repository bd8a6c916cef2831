import { createCipheriv, createHash, randomBytes } from 'node:crypto';
import { armor, Encrypter } from 'age-encryption';

export type Tree = ReadonlyMap<string, Node>;
export type Node = string | Buffer | Tree | readonly Node[];

/** Writes files as sops does, in JSON: every value encrypted. */
export class SopsWriter {
  readonly #dataKey = randomBytes(32);
  /** By path and value: a value keeps its text, so that big files are written fast. */
  readonly #encrypted = new Map<string, string>();
  readonly #recipients: readonly string[];

  constructor(recipients: readonly string[]) {
    this.#recipients = recipients;
  }

  async write(tree: Tree): Promise<string> {
    const hash = createHash('sha512');
    const members = this.#members(tree, [], (plain) => hash.update(plain));
    const lastmodified = '2026-01-02T03:04:05Z';
    const sops = {
      age: await Promise.all(this.#recipients.map((recipient) => this.#copyFor(recipient))),
      lastmodified,
      mac: this.#encrypt(Buffer.from(hash.digest('hex').toUpperCase()), lastmodified),
      version: '3.13.3',
    };
    return `{${[...members, `"sops":${JSON.stringify(sops)}`].join(',')}}`;
  }

  #members(tree: Tree, path: readonly string[], count: (plain: Buffer) => void): string[] {
    return [...tree].map(([name, node]) => `${JSON.stringify(name)}:${this.#text(node, [...path, name], count)}`);
  }

  #text(node: Node, path: readonly string[], count: (plain: Buffer) => void): string {
    if (node instanceof Map) return `{${this.#members(node, path, count).join(',')}}`;
    if (typeof node !== 'string' && !Buffer.isBuffer(node))
      return `[${[...(node as readonly Node[])].map((item) => this.#text(item, path, count)).join(',')}]`;
    const plain = Buffer.from(node as Buffer);
    count(plain);
    return JSON.stringify(plain.length === 0 ? '' : this.#encrypt(plain, `${path.join(':')}:`));
  }

  #encrypt(plain: Buffer, additional: string): string {
    const known = `${additional}\0${plain.toString('base64')}`;
    const text = this.#encrypted.get(known) ?? this.#encryptAnew(plain, additional);
    this.#encrypted.set(known, text);
    return text;
  }

  #encryptAnew(plain: Buffer, additional: string): string {
    const iv = randomBytes(32);
    const cipher = createCipheriv('aes-256-gcm', this.#dataKey, iv);
    cipher.setAAD(Buffer.from(additional));
    const data = Buffer.concat([cipher.update(plain), cipher.final()]);
    const [shown, start, tag] = [data, iv, cipher.getAuthTag()].map((bytes) => bytes.toString('base64'));
    return `ENC[AES256_GCM,data:${shown},iv:${start},tag:${tag},type:str]`;
  }

  async #copyFor(recipient: string): Promise<{ recipient: string; enc: string }> {
    const encrypter = new Encrypter();
    encrypter.addRecipient(recipient);
    return { recipient, enc: armor.encode(await encrypter.encrypt(this.#dataKey)) };
  }
}
