import { generateKeyPairSync, type KeyPairKeyObjectResult } from 'node:crypto';
import { type Answer, type FakeOptions, type FakeService, type SeenRequest, startFakeService } from '../fake-service.ts';
import { answerIdentity, type IdentityState } from './identity.ts';
import { answerSecretManager, type Denial, type Project } from './secret-manager.ts';
import { Secrets } from './secrets.ts';
import { Refusal } from './status.ts';
import { Tokens } from './tokens.ts';

/** A service account key, with the members of its JSON file. */
export interface KeyDocument {
  readonly type: 'service_account';
  readonly project_id: string;
  readonly private_key_id: string;
  readonly private_key: string;
  readonly client_email: string;
  readonly client_id: string;
  readonly token_uri: string;
}

const NOT_FOUND = '<!DOCTYPE html><html lang=en><title>Error 404 (Not Found)!!1</title>';

/**
 * Google on one port of loopback: Secret Manager's REST API, the token endpoint, the token exchange, IAM credentials and the
 * metadata server. Who has no token, or one that nobody gave out or signed, gets nothing.
 */
export class FakeGoogle implements AsyncDisposable {
  readonly project: Project = { id: 'my-project', number: '123456789012' };
  readonly secrets: Secrets = new Secrets();
  readonly tokens: Tokens = new Tokens();
  readonly denials: Denial[] = [];
  readonly identity: IdentityState = {
    tokens: this.tokens,
    refreshTokens: new Map(),
    pools: new Map(),
    tokenCreators: new Set(),
    instanceAccount: undefined,
  };
  /** How many of the next payloads come with a checksum of other bytes. */
  wrongChecksums = 0;
  service!: FakeService;

  static async start(options: FakeOptions = {}): Promise<FakeGoogle> {
    const fake = new FakeGoogle();
    fake.service = await startFakeService((request) => fake.#answer(request), options);
    return fake;
  }

  get url(): string {
    return this.service.url;
  }

  /** Paths with their queries, as they came, unescaped, without the leading `/v1/`. */
  get calls(): readonly string[] {
    return this.service.requests.map(({ method, path, search }) => `${method} ${path.replace(/^\/v1\//, '')}${search}`);
  }

  /** A key of an account. One pair is made for all: it takes a tenth of a second. */
  key(email = 'sa@my-project.iam.gserviceaccount.com', keyId = 'made-up-key-id'): KeyDocument {
    pair ??= generateRsa();
    this.tokens.addKey(email, keyId, pair.publicKey);
    return {
      type: 'service_account',
      project_id: this.project.id,
      private_key_id: keyId,
      private_key: String(pair.privateKey.export({ type: 'pkcs8', format: 'pem' })),
      client_email: email,
      client_id: '1234567890',
      token_uri: 'https://oauth2.googleapis.com/token',
    };
  }

  close(): Promise<void> {
    return this.service.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #answer(request: SeenRequest): Answer {
    const { project, secrets, denials } = this;
    const wrongChecksums = () => this.wrongChecksums > 0 && this.wrongChecksums-- > 0;
    const principal = () => this.tokens.principalOf(request.headers.authorization);
    try {
      return (
        answerIdentity(this.identity, request) ??
        answerSecretManager({ project, secrets, denials, wrongChecksums }, request, principal) ?? { status: 404, body: NOT_FOUND }
      );
    } catch (cause) {
      if (cause instanceof Refusal) return cause.answer;
      throw cause;
    }
  }
}

let pair: KeyPairKeyObjectResult | undefined;
function generateRsa(): KeyPairKeyObjectResult {
  return generateKeyPairSync('rsa', { modulusLength: 2048 });
}
