export interface ParameterVersion {
  readonly value: string;
  readonly labels: Set<string>;
}

export interface ParameterRecord {
  readonly name: string;
  readonly arn: string;
  readonly type: 'String' | 'StringList' | 'SecureString';
  /** ARN of a key; the account's own when absent, which whoever may read the parameter may use. */
  readonly kmsKeyId: string | undefined;
  /** Version 1 first. */
  readonly versions: ParameterVersion[];
}

export interface NewParameter {
  readonly type?: ParameterRecord['type'] | undefined;
  readonly kmsKeyId?: string | undefined;
  readonly labels?: readonly string[];
}

/** The parameters of one region of an account. */
export class ParameterRecords {
  readonly #base: string;
  readonly #byName = new Map<string, ParameterRecord>();

  constructor(region: string, account: string) {
    this.#base = `arn:aws:ssm:${region}:${account}:parameter`;
  }

  /** A new parameter, or a new version of one. */
  put(name: string, value: string, { type = 'String', kmsKeyId, labels = [] }: NewParameter = {}): ParameterRecord {
    const versions = this.#byName.get(name)?.versions ?? [];
    versions.push({ value, labels: new Set(labels) });
    const record: ParameterRecord = { name, arn: this.arnOf(name), type, kmsKeyId, versions };
    this.#byName.set(name, record);
    return record;
  }

  /** Lists a parameter that nobody can read: it was deleted between the two. */
  listGone(name: string): void {
    this.#byName.set(name, { name, arn: this.arnOf(name), type: 'String', kmsKeyId: undefined, versions: [] });
  }

  remove(name: string): void {
    this.#byName.delete(name);
  }

  /** By name or ARN. */
  find(id: string): ParameterRecord | undefined {
    const record = this.#byName.get(id) ?? this.all.find(({ arn }) => arn === id);
    return record?.versions.length === 0 ? undefined : record;
  }

  /** By name. */
  get all(): readonly ParameterRecord[] {
    return [...this.#byName.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Of a parameter that need not exist, by name or ARN. */
  arnOf(id: string): string {
    if (id.startsWith('arn:')) return id;
    return `${this.#base}${id.startsWith('/') ? '' : '/'}${id}`;
  }
}
