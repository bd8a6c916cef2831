import type { SecureContextOptions } from 'node:tls';

/** What a request is sent with. Made anew for every request: tokens and certificates change while a process runs. */
export interface Authorization {
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: TlsSettings;
}
export interface TlsSettings extends Pick<SecureContextOptions, 'ca' | 'cert' | 'key'> {
  readonly rejectUnauthorized?: boolean;
  readonly servername?: string;
}

/** An API server and the way to be let in. */
export interface Cluster {
  /** Address, perhaps with a path, without a slash at its end. */
  readonly server: string;
  /** Namespace of the service account or of the kubeconfig's context. */
  readonly namespace: string | undefined;
  /** Proxy of the kubeconfig; absent: as the environment says. */
  readonly proxy: string | undefined;
  /** Fails with `configuration`. */
  authorize(signal?: AbortSignal): Promise<Authorization>;
  /** The server did not accept what `authorize` gave. Whether something else may be had now. */
  renew(): boolean;
}
