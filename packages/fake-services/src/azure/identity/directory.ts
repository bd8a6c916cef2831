import type { KeyObject } from 'node:crypto';
import { TokenIssuer } from '../tokens.ts';

/** Tokens of another issuer that stand for the application: a Kubernetes service account, a SPIFFE id. */
export interface FederatedIdentity {
  readonly issuer: string;
  readonly subject: string;
  /** The key that the issuer signs with. */
  readonly publicKey: KeyObject;
  /** `api://AzureADTokenExchange` by default. */
  readonly audience?: string;
}

export interface Application {
  readonly clientId: string;
  readonly objectId?: string;
  readonly secrets?: readonly string[];
  /** PEM texts of the certificates that are registered. */
  readonly certificates?: readonly string[];
  readonly federated?: readonly FederatedIdentity[];
}

export interface ManagedIdentity {
  readonly clientId: string;
  readonly objectId: string;
  readonly resourceId: string;
}

/** Who a token was issued to. */
export interface Principal {
  readonly clientId: string;
  readonly objectId: string;
}

export interface DirectoryOptions {
  readonly tenantId?: string;
  readonly applications?: readonly Application[];
  /** The identity of the machine itself; absent when it has none. */
  readonly system?: ManagedIdentity;
  readonly userAssigned?: readonly ManagedIdentity[];
  /** Who signs; a fresh one by default. */
  readonly issuer?: TokenIssuer;
  /** Applications that tokens can be had for. */
  readonly resources?: readonly string[];
}

const RESOURCES = ['https://vault.azure.net', 'https://vault.azure.cn', 'https://vault.usgovcloudapi.net'];

/** A tenant: who there is, and whom tokens were issued to. Its services share one, and the vault reads its tokens. */
export class FakeDirectory {
  readonly tenantId: string;
  readonly applications: readonly Application[];
  readonly resources: readonly string[];
  readonly issuer: TokenIssuer;
  /** Changed by tests: an identity is attached while a machine runs. */
  system: ManagedIdentity | undefined;
  userAssigned: readonly ManagedIdentity[];
  /** Seconds that tokens are good for. */
  lifetime = 3599;
  /** Access tokens that were issued, the latest last. */
  readonly issued: string[] = [];

  constructor(options: DirectoryOptions = {}) {
    this.tenantId = options.tenantId ?? '11111111-2222-3333-4444-555555555555';
    this.applications = options.applications ?? [];
    this.resources = options.resources ?? RESOURCES;
    this.issuer = options.issuer ?? new TokenIssuer();
    this.system = options.system;
    this.userAssigned = options.userAssigned ?? [];
  }

  /** A token for an application (`https://vault.azure.net`), good from now on. */
  issue({ clientId, objectId }: Principal, resource: string): string {
    const now = Math.floor(Date.now() / 1000);
    const token = this.issuer.issue({
      aud: resource,
      iss: `https://sts.windows.net/${this.tenantId}/`,
      exp: now + this.lifetime,
      nbf: now,
      appid: clientId,
      oid: objectId,
      tid: this.tenantId,
    });
    this.issued.push(token);
    return token;
  }
}
