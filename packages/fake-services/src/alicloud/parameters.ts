import { AlicloudFailure } from './failure.ts';

/** A parameter as OOS writes it. */
export interface FakeParameter {
  readonly Id: string;
  readonly Name: string;
  readonly Type: 'Secret';
  readonly Value?: string;
  readonly ParameterVersion: number;
  readonly Description: string;
  readonly KeyId: string;
  readonly CreatedDate: string;
  readonly UpdatedDate: string;
}

/** Entries of a page, and names of a call, at the most. */
const PAGE = 10;
const DATE = '2026-08-01T00:00:00Z';

/** Encrypted parameters with their versions, read as the service's three operations read them. */
export class FakeParameters {
  /** Values by version, from 1 on. */
  readonly #values = new Map<string, string[]>();

  /** A further version of a parameter, or its first one; answers with its number. Names are not checked. */
  put(name: string, value: string): number {
    const values = [...(this.#values.get(name) ?? []), value];
    this.#values.set(name, values);
    return values.length;
  }

  remove(name: string): void {
    this.#values.delete(name);
  }

  getOne(parameters: URLSearchParams): object {
    const name = parameters.get('Name') ?? '';
    if (name === '') throw new AlicloudFailure(400, 'MissingName', 'The parameter Name is not provided.');
    const version = parameters.get('ParameterVersion');
    return { Parameter: this.#parameter(name, version === null ? undefined : Number(version), isDecrypted(parameters)) };
  }

  getMany(parameters: URLSearchParams): object {
    const names = namesOf(parameters.get('Names') ?? '');
    const known = names.filter((name) => this.#values.has(name));
    return {
      InvalidParameters: names.filter((name) => !this.#values.has(name)),
      Parameters: known.map((name) => this.#parameter(name, undefined, isDecrypted(parameters))),
    };
  }

  getByPath(parameters: URLSearchParams): object {
    const path = parameters.get('Path') ?? '';
    if (path === '') throw new AlicloudFailure(400, 'MissingPath', 'The parameter Path is not provided.');
    const size = Number(parameters.get('MaxResults') ?? PAGE);
    if (!(size >= 1 && size <= PAGE)) throw invalid('MaxResults');
    const start = offsetOf(parameters.get('NextToken'));
    const names = [...this.#values.keys()]
      .filter((name) => isUnder(path, name, parameters.get('Recursive') === 'true'))
      .toSorted();
    const page = names.slice(start, start + size);
    const end = start + page.length;
    return {
      MaxResults: size,
      TotalCount: names.length,
      Parameters: page.map((name) => this.#parameter(name, undefined, isDecrypted(parameters))),
      ...(end < names.length ? { NextToken: tokenOf(end) } : {}),
    };
  }

  #parameter(name: string, version: number | undefined, decrypted: boolean): FakeParameter {
    const values = this.#values.get(name);
    if (values === undefined)
      throw new AlicloudFailure(404, 'EntityNotExists.Parameter', 'The specified parameter does not exist.');
    const ParameterVersion = version ?? values.length;
    const value = values[ParameterVersion - 1];
    if (value === undefined) {
      throw new AlicloudFailure(404, 'EntityNotExists.ParameterVersion', 'The specified parameter version does not exist.');
    }
    return {
      Id: 'p-0123456789abcdef',
      Name: name,
      Type: 'Secret',
      ...(decrypted ? { Value: value } : {}),
      ParameterVersion,
      Description: '',
      KeyId: 'alias/acs/oos',
      CreatedDate: DATE,
      UpdatedDate: DATE,
    };
  }
}

function isDecrypted(parameters: URLSearchParams): boolean {
  return parameters.get('WithDecryption') === 'true';
}

function namesOf(text: string): readonly string[] {
  let names: unknown;
  try {
    names = JSON.parse(text);
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
  }
  const list = Array.isArray(names) ? names.filter((name) => typeof name === 'string') : [];
  if (list.length === 0 || list.length > PAGE) throw invalid('Names');
  return [...new Set(list)];
}

function isUnder(path: string, name: string, recursive: boolean): boolean {
  const folder = path.endsWith('/') ? path : `${path}/`;
  // Names without a slash are at the root.
  const full = name.startsWith('/') ? name : `/${name}`;
  return full.startsWith(folder) && (recursive || !full.slice(folder.length).includes('/'));
}

/** Tokens hold what must be escaped in a query. */
function tokenOf(offset: number): string {
  return `gAAAA/+${offset}=`;
}

function offsetOf(token: string | null): number {
  if (token === null) return 0;
  const found = /^gAAAA\/\+(\d+)=$/.exec(token);
  if (found === null) throw invalid('NextToken');
  return Number(found[1]);
}

function invalid(name: string): AlicloudFailure {
  return new AlicloudFailure(400, `InvalidParameter.${name}`, `The specified parameter ${name} is not valid.`);
}
