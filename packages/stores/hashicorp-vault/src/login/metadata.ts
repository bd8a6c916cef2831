import type { MetadataOf } from '@coffer/core/driver';

/** Settings of a `secretstores.hashicorp.vault` component that say how it logs in. */
export const loginMetadata = {
  vaultAuthMethod: {
    type: 'string',
    allowed: ['token', 'approle', 'kubernetes', 'jwt', 'userpass', 'aws', 'cert'],
    default: 'token',
    example: 'kubernetes',
    description: 'How the store gets its token: one that is given (token), or a login with this method.',
  },
  vaultAuthMountPath: {
    type: 'string',
    example: 'kubernetes/west',
    description: 'Mount path of the auth method, below auth/; the name of the method when absent.',
  },
  vaultAuthNamespace: {
    type: 'string',
    example: 'team',
    description: 'Namespace of the auth method; vaultNamespace when absent.',
  },
  vaultTokenWrapped: {
    type: 'boolean',
    default: 'false',
    description: 'vaultToken, or the file vaultTokenMountPath, holds a wrapping token: it is unwrapped at first use, once.',
  },
  vaultRole: {
    type: 'string',
    example: 'shop',
    description: 'Role to log in with: kubernetes needs it; jwt, aws and cert can do without when the server knows which.',
  },
  vaultRoleId: {
    type: 'string',
    example: 'f6f7e3a1-5b0c-6b8e-8f5e-2f9d0f6b7d11',
    description: 'approle: the role id.',
  },
  vaultSecretId: {
    type: 'string',
    sensitive: true,
    description: 'approle: the secret id. Without it and vaultSecretIdPath the role must have bind_secret_id=false.',
  },
  vaultSecretIdPath: {
    type: 'string',
    example: '/vault/approle/secret-id',
    description: 'approle: a file that holds the secret id, read again at each login.',
  },
  vaultSecretIdWrapped: {
    type: 'boolean',
    default: 'false',
    description:
      'approle: vaultSecretId, or the file vaultSecretIdPath, holds a wrapping token of the secret id. It is unwrapped once.',
  },
  vaultJwt: {
    type: 'string',
    sensitive: true,
    description: 'jwt: the token of the identity provider.',
  },
  vaultJwtPath: {
    type: 'string',
    example: '/var/run/secrets/tokens/vault',
    description:
      'kubernetes, jwt: a file that holds the token, read again at each login. For kubernetes that of the service account when absent: /var/run/secrets/kubernetes.io/serviceaccount/token.',
  },
  vaultUsername: {
    type: 'string',
    example: 'shop',
    description: 'userpass: the user.',
  },
  vaultPassword: {
    type: 'string',
    sensitive: true,
    description: 'userpass: the password.',
  },
  vaultPasswordPath: {
    type: 'string',
    example: '/vault/userpass/password',
    description: 'userpass: a file that holds the password, read again at each login.',
  },
  vaultAwsRegion: {
    type: 'string',
    example: 'eu-central-1',
    description:
      'aws: region of the STS endpoint that the login is signed for; it must be the sts_endpoint of the auth method. The global endpoint in us-east-1 when absent.',
  },
  vaultAwsServerId: {
    type: 'string',
    example: 'vault.example.com',
    description:
      'aws: the iam_server_id_header_value of the auth method, signed with the login so that it is good for this server only.',
  },
} as const;

export type LoginMetadata = MetadataOf<typeof loginMetadata>;
