import { type Answer, type FakeOptions, type FakeService, type SeenRequest, startFakeService } from '../fake-service.ts';
import { Agency } from './agency.ts';
import { gatewayRefusal, REQUEST_ID, Refusal } from './refusal.ts';
import { Secrets } from './secrets.ts';
import { type KnownKey, signatureProblem } from './signature.ts';

export type Action = 'iam:projects:listProjects' | 'csms:secret:list' | 'csms:secret:getVersion';

export interface Denial {
  readonly action: Action;
  /** Every secret when absent. */
  readonly secret?: string;
}

export const ACCESS_KEY = 'HWEXAMPLEACCESSKEY00';
export const SECRET_KEY = 'example-huawei-secret-access-key';

/** Refusals in a row after which a key is locked. */
const PATIENCE = 5;
const NO_SUCH_API = gatewayRefusal(404, 'APIG.0101', 'The API does not exist or has not been published in the environment');

/**
 * Huawei Cloud on one port of loopback: IAM's list of projects, the Secret Management Service, and the metadata service of a
 * server. Requests whose signature does not verify get nothing, and lock the key when there are too many.
 */
export class FakeHuawei implements AsyncDisposable {
  readonly keys: Map<string, KnownKey> = new Map([[ACCESS_KEY, { secretKey: SECRET_KEY }]]);
  /** Projects by id, with their names: that of a region, or of a region and more. */
  readonly projects: Map<string, string> = new Map([['0605767a9a80d5a72f1bc01234567890', 'cn-north-4']]);
  readonly secrets: Secrets = new Secrets();
  readonly agency: Agency = new Agency(this.keys);
  readonly denials: Denial[] = [];
  service!: FakeService;
  readonly #refused = new Map<string, number>();

  static async start(options: FakeOptions = {}): Promise<FakeHuawei> {
    const fake = new FakeHuawei();
    fake.service = await startFakeService((request) => fake.#answer(request), options);
    return fake;
  }

  get url(): string {
    return this.service.url;
  }

  /** The project that secrets are in. */
  get project(): string {
    return [...this.projects.keys()][0] ?? '';
  }

  /** Requests as they came: `GET /v3/projects?name=cn-north-4`. */
  get calls(): readonly string[] {
    return this.service.requests.map(({ method, path, search }) => `${method} ${path}${search}`);
  }

  close(): Promise<void> {
    return this.service.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #answer(request: SeenRequest): Answer {
    const local = this.agency.answer(request);
    if (local !== undefined) return local;
    const problem = this.#signatureProblem(request);
    if (problem !== undefined) return gatewayRefusal(401, 'APIGW.0301', `Incorrect IAM authentication information: ${problem}`);
    try {
      const body = this.#route(request);
      return body === undefined ? NO_SUCH_API : { status: 200, headers: REQUEST_ID, body };
    } catch (cause) {
      if (cause instanceof Refusal) return cause.answer;
      throw cause;
    }
  }

  #signatureProblem(request: SeenRequest): string | undefined {
    const [, key = ''] = / Access=([^,\s]+)/.exec(String(request.headers.authorization)) ?? [];
    const before = this.#refused.get(key) ?? 0;
    if (before >= PATIENCE) return 'AK access failed to reach the limit,forbidden';
    const problem = signatureProblem(request, this.keys);
    this.#refused.set(key, problem === undefined ? 0 : before + 1);
    return problem && 'verify aksk signature fail';
  }

  /** Undefined when there is no such address. */
  #route({ method, path, query, headers }: SeenRequest): object | undefined {
    if (method !== 'GET') return undefined;
    const [, version, ...steps] = path.split('/').map(unescaped);
    if (version === 'v3' && steps.join('/') === 'projects') return this.#projects(query.get('name'));
    const [project = '', kind, name = '', versions, id = ''] = steps;
    if (version !== 'v1' || kind !== 'secrets') return undefined;
    if (!this.projects.has(project) || headers['x-project-id'] !== project) {
      throw new Refusal(403, 'CSM.0403', 'The user does not have permission.');
    }
    if (steps.length === 2) {
      this.#check('csms:secret:list');
      return this.secrets.list(query);
    }
    if (steps.length !== 5 || versions !== 'versions' || id === '') return undefined;
    this.#check('csms:secret:getVersion', name);
    return this.secrets.version(name, id);
  }

  #projects(wanted: string | null): object {
    this.#check('iam:projects:listProjects');
    const projects = [...this.projects]
      .filter(([, name]) => wanted === null || name === wanted)
      .map(([id, name]) => ({
        id,
        name,
        domain_id: 'd',
        parent_id: 'd',
        is_domain: false,
        enabled: true,
        description: '',
        links: {},
      }));
    return { projects, links: { next: null, previous: null, self: '' } };
  }

  #check(action: Action, secret?: string): void {
    const isDenied = this.denials.some((denial) => denial.action === action && (denial.secret ?? secret) === secret);
    if (isDenied) throw new Refusal(403, 'CSM.0403', 'The user does not have permission.');
  }
}

/** As it is where the bytes are no text: no secret has such a name. */
function unescaped(step: string): string {
  try {
    return decodeURIComponent(step);
  } catch (cause) {
    if (cause instanceof URIError) return step;
    throw cause;
  }
}
