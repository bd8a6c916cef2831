import type { MetadataOf } from '@coffer/core/driver';
import { loginMetadata } from './login/metadata.ts';

const serverMetadata = {
  vaultAddr: {
    type: 'string',
    default: 'https://127.0.0.1:8200',
    example: 'https://vault.example.com:8200',
    description: 'Address of the server.',
  },
  vaultNamespace: {
    type: 'string',
    example: 'team/shop',
    description: 'Namespace of Vault Enterprise, HCP Vault or OpenBao, sent with every call.',
  },
  vaultToken: {
    type: 'string',
    sensitive: true,
    description: 'A token. Either this, or vaultTokenMountPath, or a login by vaultAuthMethod.',
  },
  vaultTokenMountPath: {
    type: 'string',
    example: '/vault/secrets/token',
    description:
      'A file that holds a token, such as the sink of a Vault agent. It is read again when it changes and when the server refuses the token.',
  },
} as const;

const engineMetadata = {
  enginePath: {
    type: 'string',
    default: 'secret',
    example: 'team/kv',
    description: 'Mount path of the KV engine.',
  },
  engineVersion: {
    type: 'string',
    allowed: ['2', '1'],
    default: '2',
    description: 'Version of the KV engine.',
  },
  vaultKVPrefix: {
    type: 'string',
    default: 'dapr',
    example: 'shop',
    description: 'Path in front of every name.',
  },
  vaultKVUsePrefix: {
    type: 'boolean',
    default: 'true',
    description: 'Whether names have the prefix in front of them.',
  },
  vaultValueType: {
    type: 'string',
    default: 'map',
    example: 'text',
    description:
      'map: the keys of a secret with their values. text: one value, the JSON text of the whole secret, under the name of the secret.',
  },
  caPem: {
    type: 'string',
    example: '-----BEGIN CERTIFICATE-----…',
    description:
      'Certificates of the authorities to trust, as PEM text. They take the place of those that Node.js trusts; before caPath.',
  },
  caPath: {
    type: 'string',
    example: '/etc/vault/ca',
    description: 'A directory of PEM files of authorities to trust, its subdirectories included; before caCert.',
  },
  caCert: {
    type: 'string',
    example: '/etc/vault/ca.pem',
    description: 'A PEM file of authorities to trust.',
  },
  clientCert: {
    type: 'string',
    example: '/etc/vault/client.pem',
    description: 'Certificate to show to the server: PEM text, or the path of a PEM file.',
  },
  clientKey: {
    type: 'string',
    sensitive: true,
    example: '/etc/vault/client-key.pem',
    description: 'Private key of clientCert: PEM text, or the path of a PEM file.',
  },
  tlsServerName: {
    type: 'string',
    example: 'vault.example.com',
    description: 'Name that the certificate of the server must have, when it is not that of the address.',
  },
  skipVerify: {
    type: 'string',
    default: 'false',
    description: 'true: any certificate is taken for the server’s. For tests only.',
  },
  vaultWrapTTL: {
    type: 'duration',
    example: '60s',
    description:
      'Asks for wrapped answers of this life time and unwraps them, for policies that demand it with min_wrapping_ttl. Each read is then two calls.',
  },
  requestTimeout: {
    type: 'duration',
    default: '30s',
    description: 'Time limit of one request, its retries included.',
  },
} as const;

/** Settings of a `secretstores.hashicorp.vault` component. */
export const metadata: typeof serverMetadata & typeof loginMetadata & typeof engineMetadata = {
  ...serverMetadata,
  ...loginMetadata,
  ...engineMetadata,
};

export type VaultMetadata = MetadataOf<typeof metadata>;
