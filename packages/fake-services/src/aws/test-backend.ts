import { type BackendFaults, backendFaults } from '../backend-faults.ts';
import { createAuthority } from '../certificates.ts';
import type { FakeService, SeenRequest } from '../fake-service.ts';
import { answer, type Fault } from '../faults.ts';
import { awsThrottled } from './throttled.ts';
import { headerOf } from './wire.ts';

/** What breaks and watches a service of AWS, for a conformance kit's test backend; also one behind a proxy. */
export interface AwsTestBackend extends BackendFaults {
  /** Milliseconds that a throttled caller is asked to wait. */
  readonly pauseAsked: number;
  calls(): readonly { readonly operation: string }[];
}

type Settings = Readonly<Record<string, string>>;

interface AwsBrokenSettings {
  readonly what: string;
  readonly settings: Settings;
  readonly at: 'check' | 'init' | 'read';
  readonly codes?: readonly string[];
}

/** Milliseconds. */
const PAUSE = 200;

const refusal = (code: string, message: string, status = 400): Fault =>
  answer(status, { 'content-type': 'application/x-amz-json-1.1' }, JSON.stringify({ __type: code, message }));

export function awsTestBackend(service: FakeService): AwsTestBackend {
  return {
    ...backendFaults(service, {
      denied: refusal('AccessDeniedException', 'User: arn:aws:iam::123456789012:user/kit is not authorized to perform this'),
      unauthenticated: refusal('ExpiredTokenException', 'The security token included in the request is expired'),
      // In the way of its newer services; most of AWS asks for no pause.
      throttled: awsThrottled({ 'x-amz-retry-after': String(PAUSE) }),
      unavailable: refusal('InternalServiceError', 'An error occurred on the server side.', 500),
    }),
    pauseAsked: PAUSE,
    calls: () => service.requests.map((request) => ({ operation: operationOf(request) })),
  };
}

/** The action that a call needs, as policies name it. */
function operationOf(request: SeenRequest): string {
  const [target, operation] = headerOf(request, 'x-amz-target').split('.');
  if (operation !== undefined) {
    // What is not decrypted needs no permission of KMS.
    const isUndecrypted = request.body.includes('"WithDecryption":false');
    return `${target === 'AmazonSSM' ? 'ssm' : target}:${operation}${isUndecrypted ? ', undecrypted' : ''}`;
  }
  if (request.path === '/sessions') return 'rolesanywhere:CreateSession (signed by the certificate)';
  return `sts:${new URLSearchParams(request.body.toString()).get('Action')}`;
}

/** Credentials that the fake does not take, in settings that it takes otherwise. */
export function awsRefusedSettings(settings: Settings): readonly AwsBrokenSettings[] {
  const unauthenticated = { at: 'read', codes: ['unauthenticated'] } as const;
  const role = { stsEndpoint: settings.endpoint ?? '', assumeRoleArn: 'arn:aws:iam::123456789012:role/nobody' };
  return [
    { what: 'a key that is not known', settings: { ...settings, accessKey: 'AKIANOBODY' }, ...unauthenticated },
    { what: 'a wrong key', settings: { ...settings, secretKey: 'wrong' }, ...unauthenticated },
    { what: 'a session token that is none', settings: { ...settings, sessionToken: 'wrong' }, ...unauthenticated },
    { what: 'another region', settings: { ...settings, region: 'eu-west-1' }, ...unauthenticated },
    { what: 'a role that is not there', settings: { ...settings, ...role }, at: 'read', codes: ['permission_denied'] },
  ];
}

/** Settings of a store of AWS that can't work, whoever the service knows, made from those that can. */
export function awsBrokenSettings(settings: Settings): readonly AwsBrokenSettings[] {
  const { accessKey: _, secretKey: __, ...keyless } = settings;
  const anywhere = {
    ...keyless,
    rolesAnywhereEndpoint: settings.endpoint ?? '',
    trustAnchorArn: 'arn:aws:rolesanywhere:us-east-1:123456789012:trust-anchor/nobody',
    trustProfileArn: 'arn:aws:rolesanywhere:us-east-1:123456789012:profile/nobody',
    assumeRoleArn: 'arn:aws:iam::123456789012:role/nobody',
  };
  const { cert: certificate, key: privateKey } = createAuthority().issue('nobody');
  return [
    { what: 'half a key', settings: { ...settings, secretKey: '' }, at: 'check' },
    { what: 'a session token without keys', settings: { ...keyless, sessionToken: 'token' }, at: 'check' },
    { what: 'a region that can be none', settings: { ...settings, region: 'Mars 1' }, at: 'check' },
    { what: 'an endpoint that is no address', settings: { ...settings, endpoint: 'localhost:4566' }, at: 'check' },
    { what: 'an external ID without a role', settings: { ...settings, externalId: 'shop' }, at: 'check' },
    { what: 'Roles Anywhere without a certificate', settings: anywhere, at: 'check' },
    {
      what: 'a certificate that is not there',
      settings: { ...anywhere, certificate: '/nowhere/svid.pem', privateKey },
      at: 'init',
      codes: ['failed_precondition'],
    },
    {
      what: 'a certificate that nobody trusts',
      settings: { ...anywhere, certificate, privateKey },
      at: 'init',
    },
    {
      what: 'an endpoint at which nobody answers',
      settings: { ...settings, endpoint: 'http://127.0.0.1:1' },
      at: 'read',
      codes: ['unavailable'],
    },
  ];
}
