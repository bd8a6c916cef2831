import type { MetadataOf } from '@coffer/core/driver';

/** Settings of a `secretstores.gcp.secretmanager` component. */
export const metadata = {
  projectID: {
    type: 'string',
    required: true,
    missingMessage: 'missing property `project_id` in metadata',
    aliases: ['project_id'],
    example: 'my-project',
    description: 'Project of the secrets, by id or number.',
  },
  type: {
    type: 'string',
    example: 'service_account',
    description:
      'Part of a service account key. Needed with privateKeyID, privateKey or clientEmail, and always service_account.',
  },
  privateKeyID: {
    type: 'string',
    sensitive: true,
    aliases: ['private_key_id'],
    description: 'Part of a service account key, as in its JSON file.',
  },
  privateKey: {
    type: 'string',
    sensitive: true,
    aliases: ['private_key'],
    description: 'Part of a service account key. PEM text; \\n in place of line ends is fine.',
  },
  clientEmail: {
    type: 'string',
    aliases: ['client_email'],
    example: 'coffer@my-project.iam.gserviceaccount.com',
    description: 'Part of a service account key, as in its JSON file.',
  },
  clientID: { type: 'string', aliases: ['client_id'], description: 'Part of a service account key. Not used.' },
  authURI: { type: 'string', aliases: ['auth_uri'], description: 'Part of a service account key. Not used.' },
  tokenURI: {
    type: 'string',
    aliases: ['token_uri'],
    description: 'Part of a service account key. Not used: Secret Manager takes what the key has signed.',
  },
  authProviderX509CertURL: {
    type: 'string',
    aliases: ['auth_provider_x509_cert_url'],
    description: 'Part of a service account key. Not used.',
  },
  clientX509CertURL: {
    type: 'string',
    aliases: ['client_x509_cert_url'],
    description: 'Part of a service account key. Not used.',
  },
  credentialsJSON: {
    type: 'string',
    sensitive: true,
    aliases: ['credentials_json'],
    description:
      'A whole credentials document: a service account key, a credential configuration of workload identity federation (external_account), an impersonated service account, or what gcloud auth application-default login wrote.',
  },
  credentialsFile: {
    type: 'string',
    aliases: ['credentials_file'],
    example: '/var/run/secrets/gcp/credentials.json',
    description: 'A file with such a document.',
  },
  trustedTokenHosts: {
    type: 'list',
    example: 'sts.internal.example',
    description:
      'Further hosts that credentials may be sent to, besides those of Google, when a credentials document names them. A loopback address among them may be reached without TLS.',
  },
  quotaProject: {
    type: 'string',
    aliases: ['quota_project_id'],
    example: 'billing-project',
    description:
      'Project whose quota is used; by default the environment variable GOOGLE_CLOUD_QUOTA_PROJECT, else the one that the credentials name.',
  },
  universeDomain: {
    type: 'string',
    aliases: ['universe_domain'],
    example: 'googleapis.com',
    description: 'Domain of the cloud; by default the environment variable GOOGLE_CLOUD_UNIVERSE_DOMAIN, else googleapis.com.',
  },
  location: {
    type: 'string',
    example: 'europe-west3',
    description: 'Region of regional secrets. Global secrets when absent.',
  },
  endpoint: {
    type: 'string',
    example: 'https://secretmanager.europe-west3.rep.googleapis.com',
    description: 'Address of the service in place of its own: a private endpoint, or an emulator that speaks the REST API.',
  },
  allowPlainHttp: {
    type: 'boolean',
    default: 'false',
    description: 'Lets the endpoint be http on a host other than this one: tokens and secrets then travel unencrypted.',
  },
  withoutAuthentication: {
    type: 'boolean',
    default: 'false',
    description: 'Sends no credentials: for emulators.',
  },
  filter: {
    type: 'string',
    example: 'labels.app=shop',
    description:
      'Only these secrets in bulk reads and lists, in the filter language of Secret Manager. Single reads are not narrowed.',
  },
  requestTimeout: {
    type: 'duration',
    default: '30s',
    description: 'Time limit of one request to the service, its retries and a new token included.',
  },
} as const;

export type GcpMetadata = MetadataOf<typeof metadata>;
