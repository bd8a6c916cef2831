import { randomBytes, randomUUID } from 'node:crypto';

export interface SecretVersion {
  readonly id: string;
  readonly value: string | Buffer;
  readonly stages: Set<string>;
  /** Milliseconds since the epoch. */
  readonly created: number;
}
export interface SecretRecord {
  readonly name: string;
  readonly arn: string;
  readonly description: string;
  readonly tags: Readonly<Record<string, string>>;
  /** ARN of a key of the customer's; AWS's own when absent. */
  readonly kmsKeyId?: string;
  readonly versions: SecretVersion[];
  readonly created: number;
  /** When it was scheduled for deletion. */
  deleted?: number;
}
export interface NewSecret {
  readonly value?: string | Buffer | undefined;
  readonly versionId?: string | undefined;
  /** AWSCURRENT when absent. */
  readonly stages?: readonly string[] | undefined;
  readonly description?: string | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
  readonly kmsKeyId?: string | undefined;
}

/** The secrets of one region of one account, in the order of their making. */
export class SecretRecords {
  readonly #prefix: string;
  readonly #byName = new Map<string, SecretRecord>();

  constructor(region: string, account: string) {
    this.#prefix = `arn:aws:secretsmanager:${region}:${account}:secret:`;
  }

  get all(): readonly SecretRecord[] {
    return [...this.#byName.values()];
  }

  /** Makes a secret, or gives one that exists a further version. */
  put(
    name: string,
    { value, versionId = randomUUID(), stages = ['AWSCURRENT'], ...about }: NewSecret,
    now: number,
  ): SecretRecord {
    const { description = '', tags = {}, kmsKeyId } = about;
    const made: SecretRecord = this.#byName.get(name) ?? {
      name,
      arn: `${this.#prefix}${name}-${randomBytes(3).toString('hex')}`,
      description,
      tags,
      ...(kmsKeyId === undefined ? {} : { kmsKeyId }),
      versions: [],
      created: now,
    };
    this.#byName.set(name, made);
    if (value === undefined) return made;
    if (stages.includes('AWSCURRENT')) {
      for (const version of made.versions) {
        version.stages.delete('AWSPREVIOUS');
        if (version.stages.delete('AWSCURRENT')) version.stages.add('AWSPREVIOUS');
      }
    }
    for (const version of made.versions) for (const stage of stages) version.stages.delete(stage);
    made.versions.push({ id: versionId, value, stages: new Set(stages), created: now });
    return made;
  }

  remove(name: string): void {
    this.#byName.delete(name);
  }

  /** By name, by ARN, or by an ARN without its six random characters. */
  find(id: string): SecretRecord | undefined {
    if (!id.startsWith('arn:')) return this.#byName.get(id);
    return this.all.find(({ arn }) => arn === id) ?? this.all.find(({ arn }) => arn.slice(0, -7) === id);
  }

  /** What a policy's resource is compared with; for a secret that does not exist too. */
  resourceOf(id: string): string {
    return this.find(id)?.arn ?? (id.startsWith('arn:') ? id : `${this.#prefix}${id}-??????`);
  }
}
