import type { MetadataOf } from '@coffer/core/driver';

/** Settings of a `secretstores.http` component. */
export const metadata = {
  url: {
    type: 'string',
    required: true,
    example: 'https://vault.example.com/v1/secrets/{name}?version={version_id}',
    description:
      'Address of one secret. {name} stands for its name, escaped; {name*} for the same with its slashes kept; any other name in braces for request metadata. A query parameter whose metadata is not given is left out.',
  },
  method: {
    type: 'string',
    default: 'GET',
    allowed: ['GET', 'POST'],
    description: 'Method of the request for one secret.',
  },
  body: {
    type: 'string',
    example: '{"secret": "{name}"}',
    description:
      'JSON that a POST sends. A text in it that is a placeholder and nothing else is filled in; one whose metadata is not given is left out.',
  },
  token: {
    type: 'string',
    sensitive: true,
    description: 'Sent in the header Authorization, after tokenScheme.',
  },
  tokenScheme: {
    type: 'string',
    default: 'Bearer',
    description: 'What stands before the token.',
  },
  username: {
    type: 'string',
    description: 'Sent with password in the header Authorization, as Basic.',
  },
  password: {
    type: 'string',
    sensitive: true,
    description: 'Belongs to username.',
  },
  valuePath: {
    type: 'string',
    example: '$.data.value',
    description: 'JSONPath (RFC 9535) to the value of the secret; with keyPath, to the value in each of the parts.',
  },
  valuesPath: {
    type: 'string',
    example: '$.data.values',
    description:
      'In place of valuePath, for secrets with several keys: JSONPath to an object of keys and values; with keyPath, to parts that hold a key and a value each.',
  },
  keyPath: {
    type: 'string',
    example: '$.label',
    description: 'JSONPath to the key in each of the parts that valuesPath finds.',
  },
  valueEncoding: {
    type: 'string',
    default: 'text',
    allowed: ['text', 'base64'],
    description: 'How the service writes values. What is no UTF-8 when decoded stays base64.',
  },
  withoutValue: {
    type: 'string',
    default: 'error',
    allowed: ['error', 'not_found'],
    description:
      'What a success without a value means: an error, or that there is no such secret, for services that answer so for names that they do not know.',
  },
  versionPath: {
    type: 'string',
    example: '$.metadata.version',
    description: 'JSONPath to the version of the secret.',
  },
  expiryPath: {
    type: 'string',
    example: '$.metadata.expires_at',
    description:
      'JSONPath to the moment at which the value expires: a date and time (2026-11-25T10:00:00Z), or seconds or milliseconds since 1970. Anything else is ignored.',
  },
  listUrl: {
    type: 'string',
    example: 'https://vault.example.com/v1/secrets',
    description:
      'Address of the names of all secrets, at the same scheme, host and port as url. Without it there are no lists and no bulk reads.',
  },
  listPath: {
    type: 'string',
    example: '$.items[*].name',
    description: 'JSONPath to the names.',
  },
  nextPath: {
    type: 'string',
    example: '$.next',
    description:
      'JSONPath to the address of the next page; with nextParameter, to what that is to hold. Null, an empty text or nothing ends the list.',
  },
  nextParameter: {
    type: 'string',
    example: 'page_token',
    description: 'Query parameter of the next page.',
  },
  followLinks: {
    type: 'boolean',
    default: 'false',
    description: 'Takes the address of the next page from the header Link, rel="next".',
  },
  pingUrl: {
    type: 'string',
    example: 'https://vault.example.com/v1/whoami',
    description:
      'Address that answers with success when the service is well and takes the credentials, at the same scheme, host and port as url.',
  },
  notFoundStatuses: {
    type: 'list',
    default: '404,410',
    description: 'Statuses that say that there is no such secret.',
  },
  deniedStatuses: {
    type: 'list',
    default: '403',
    description: 'Statuses that say that these credentials may not read the secret.',
  },
  contentTypes: {
    type: 'list',
    default: 'application/json',
    description: 'Media types of answers that are read as JSON, besides those that end in +json.',
  },
  ca: {
    type: 'string',
    example: '/etc/ssl/vault-ca.pem',
    description: 'Certificate authorities to trust in place of those of Node: PEM text or the path of a file.',
  },
  clientCert: {
    type: 'string',
    example: '/etc/ssl/client.pem',
    description: 'Certificate to show to the service, with those that follow it: PEM text or the path of a file.',
  },
  clientKey: {
    type: 'string',
    sensitive: true,
    description: 'Private key of clientCert, without a password: PEM text or the path of a file.',
  },
  tlsServerName: {
    type: 'string',
    example: 'vault.internal',
    description: 'Name that the certificate of the service must have, when it is not that of the address.',
  },
  allowHttp: {
    type: 'boolean',
    default: 'false',
    description: 'Lets the address be http on a host other than this one: credentials and secrets then travel unencrypted.',
  },
  allowLinkLocal: {
    type: 'boolean',
    default: 'false',
    description:
      'Lets the address lead to link-local addresses and others where clouds give credentials to machines, such as 169.254.169.254.',
  },
  requestTimeout: {
    type: 'duration',
    default: '30s',
    description: 'Time limit of one request to the service, its retries included.',
  },
  maxResponse: {
    type: 'size',
    default: '4Mi',
    description: 'Size limit of one answer.',
  },
  prefixed: {
    type: 'rest',
    sensitive: true,
    description:
      'header.NAME: a header of every request. query.NAME: a query parameter of every request. default.NAME: what stands for request metadata that is not given.',
  },
} as const;

export type HttpMetadata = MetadataOf<typeof metadata>;
