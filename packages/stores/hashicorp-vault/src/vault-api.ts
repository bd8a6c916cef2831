import type { IncomingHttpHeaders } from 'node:http';
import type { CallOptions } from '@coffer/core/driver';

/** One request to the HTTP API of Vault or OpenBao. */
export interface VaultCall {
  readonly method: 'GET' | 'LIST' | 'POST';
  /**
   * Segments below `/v1/`, not escaped: `['auth', 'token', 'lookup-self']`. None may be `.` or `..`; only the last one may be
   * empty, which is a slash at the end.
   */
  readonly path: readonly string[];
  readonly query?: Readonly<Record<string, string>>;
  /** In lower case; beside those that every call has. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly token?: string | undefined;
}

export interface VaultAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The whole body. */
  readonly text: string;
  /** The body when it is JSON, else undefined. Numbers are doubles. */
  readonly json: unknown;
}

/**
 * The server, as it is reached with the component's address, namespace and TLS settings. Answers of any status are given as
 * they are once throttling, standby nodes and replicas that lag behind have been waited for, within the time-out of the call.
 * Fails with `HttpFailure` when there is no answer.
 */
export interface VaultApi {
  call(call: VaultCall, options: CallOptions): Promise<VaultAnswer>;
  close(): void;
}

export function vaultAnswer(status: number, headers: IncomingHttpHeaders, text: string): VaultAnswer {
  return {
    status,
    headers,
    text,
    get json(): unknown {
      return parsed(text);
    },
  };
}

/** Undefined for what is no JSON: the parser's own words would quote it. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    if (cause instanceof SyntaxError) return undefined;
    throw cause;
  }
}
