import type { Answer, SeenRequest } from '../fake-service.ts';
import { errorInfo, Refusal } from './status.ts';
import type { Tokens } from './tokens.ts';

const TOKEN_URL = 'https://oauth2.googleapis.com/token';
const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const ASSERTION = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';
const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';

/** Who may get tokens, and how. */
export interface IdentityState {
  readonly tokens: Tokens;
  /** Refresh token to the person who has it. */
  readonly refreshTokens: Map<string, { readonly clientId: string; readonly clientSecret: string; readonly principal: string }>;
  /** Audience of a provider of a workload identity pool, to the subject tokens that it takes and their type. */
  readonly pools: Map<string, { readonly type: string; readonly accepts: (subjectToken: string) => string | undefined }>;
  /** `<principal> <account>`: who may get tokens of which service account. */
  readonly tokenCreators: Set<string>;
  /** The account of the metadata server; undefined when this machine is not Google's. */
  instanceAccount: string | undefined;
}

/** The token endpoint, the token exchange, IAM credentials and the metadata server, told apart by their paths. */
export function answerIdentity(state: IdentityState, request: SeenRequest): Answer | undefined {
  const { method, path } = request;
  if (method === 'POST' && path === '/token') return oauth(state, new URLSearchParams(request.body.toString()));
  if (method === 'POST' && path === '/v1/token') return exchange(state, new URLSearchParams(request.body.toString()));
  if (method === 'POST' && path === '/v1/oauthtoken') return workforce(state, request);
  const [, account] = /^\/v1\/projects\/-\/serviceAccounts\/([^/]+):generateAccessToken$/.exec(path) ?? [];
  if (method === 'POST' && account !== undefined) return impersonate(state, decodeURIComponent(account), request);
  if (method === 'GET' && (path === '/' || path.startsWith('/computeMetadata/'))) return metadata(state, request);
  return undefined;
}

function oauth({ tokens, refreshTokens }: IdentityState, form: URLSearchParams): Answer {
  if (form.get('grant_type') === 'refresh_token') {
    const known = refreshTokens.get(form.get('refresh_token') ?? '');
    if (known === undefined) return oauthError('invalid_grant', 'Token has been expired or revoked.');
    const isClient = known.clientId === form.get('client_id') && known.clientSecret === form.get('client_secret');
    return isClient ? granted(tokens, known.principal) : oauthError('invalid_client', 'The OAuth client was not found.', 401);
  }
  if (form.get('grant_type') !== ASSERTION) return oauthError('unsupported_grant_type', 'Invalid grant_type');
  const claims = tokens.claimsOf(form.get('assertion') ?? '');
  if (claims?.iss === undefined) return oauthError('invalid_grant', 'Invalid JWT Signature.');
  const now = Date.now() / 1000;
  const { aud, iat = 0, exp = 0, scope } = claims;
  if (iat > now + 30 || exp <= now || exp - iat > 3600) {
    return oauthError(
      'invalid_grant',
      'Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe.',
    );
  }
  if (aud !== TOKEN_URL) return oauthError('invalid_grant', 'Invalid JWT: Failed audience check.');
  return scope === undefined ? oauthError('invalid_scope', 'Empty or missing scope not allowed.') : granted(tokens, claims.iss);
}

function exchange({ tokens, pools }: IdentityState, form: URLSearchParams): Answer {
  if (form.get('grant_type') !== EXCHANGE) return oauthError('invalid_request', 'Invalid value for "grant_type".');
  if (form.get('requested_token_type') !== ACCESS_TOKEN) return oauthError('invalid_request', 'Invalid requested token type.');
  if (form.get('scope') !== SCOPE) return oauthError('invalid_scope', 'Invalid scope.');
  const pool = pools.get(form.get('audience') ?? '');
  if (pool === undefined)
    return oauthError('invalid_target', 'The target service indicated by the "audience" parameters is invalid.');
  if (form.get('subject_token_type') !== pool.type) return oauthError('invalid_request', 'Invalid subject token type.');
  const principal = pool.accepts(form.get('subject_token') ?? '');
  if (principal === undefined) return oauthError('invalid_grant', 'The given credential is rejected by the attribute condition.');
  const { body, ...rest } = granted(tokens, principal);
  return { ...rest, body: { ...(body as object), issued_token_type: ACCESS_TOKEN } };
}

function workforce({ tokens, refreshTokens }: IdentityState, { headers, body }: SeenRequest): Answer {
  const form = new URLSearchParams(body.toString());
  const known = refreshTokens.get(form.get('refresh_token') ?? '');
  const basic = Buffer.from(`${known?.clientId}:${known?.clientSecret}`).toString('base64');
  if (known === undefined || headers.authorization !== `Basic ${basic}`)
    return oauthError('invalid_grant', 'Invalid refresh token.');
  return granted(tokens, known.principal);
}

function impersonate({ tokens, tokenCreators }: IdentityState, account: string, { headers, body }: SeenRequest): Answer {
  const principal = tokens.principalOf(headers.authorization);
  const { scope, lifetime = '3600s' } = JSON.parse(body.toString()) as { scope?: string[]; lifetime?: string };
  if (!tokenCreators.has(`${principal} ${account}`)) {
    const permission = 'iam.serviceAccounts.getAccessToken';
    throw new Refusal('PERMISSION_DENIED', `Permission '${permission}' denied on resource (or it may not exist).`, [
      errorInfo('IAM_PERMISSION_DENIED', 'iam.googleapis.com', { permission }),
    ]);
  }
  const seconds = /^\d+s$/.test(lifetime) ? Number(lifetime.slice(0, -1)) : Number.NaN;
  if (!(seconds > 0 && seconds <= 3600) || scope?.includes(SCOPE) !== true) {
    throw new Refusal('INVALID_ARGUMENT', 'Request contains an invalid argument.');
  }
  const expireTime = new Date(Date.now() + seconds * 1000).toISOString();
  return { status: 200, body: { accessToken: tokens.issue(account, seconds), expireTime } };
}

function metadata({ tokens, instanceAccount }: IdentityState, { headers, path, query }: SeenRequest): Answer | undefined {
  if (instanceAccount === undefined) return undefined;
  const flavor = { 'metadata-flavor': 'Google', server: 'Metadata Server for VM' };
  if (path === '/') return { status: 200, headers: flavor, body: 'computeMetadata/\n' };
  if (headers['metadata-flavor'] !== 'Google' || headers['x-forwarded-for'] !== undefined) {
    return { status: 403, headers: flavor, body: 'Missing Metadata-Flavor:Google header.' };
  }
  if (path !== '/computeMetadata/v1/instance/service-accounts/default/token') return { status: 404, headers: flavor };
  if (instanceAccount === '' || query.get('scopes') !== SCOPE) return { status: 404, headers: flavor, body: 'no such account' };
  return { ...granted(tokens, instanceAccount), headers: flavor };
}

function granted(tokens: Tokens, principal: string): Answer {
  return { status: 200, body: { access_token: tokens.issue(principal), expires_in: tokens.lifetime, token_type: 'Bearer' } };
}

function oauthError(error: string, description: string, status = 400): Answer {
  return { status, body: { error, error_description: description } };
}
