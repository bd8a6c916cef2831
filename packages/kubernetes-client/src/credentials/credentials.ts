import { FileContents } from '../connection/file-contents.ts';

/** What a client shows. All members may be absent: anonymous. */
export interface Credential {
  readonly token?: string;
  readonly username?: string;
  readonly password?: string;
  readonly cert?: Buffer | string;
  readonly key?: Buffer | string;
}

/** Where the credential comes from. */
export interface CredentialSource {
  /** The one of the moment. Fails with `configuration`. */
  current(signal?: AbortSignal): Promise<Credential>;
  /** It was refused. Whether a later `current` may give another. */
  renew(): boolean;
}

export function fixedCredential(credential: Credential): CredentialSource {
  return { current: async () => credential, renew: () => false };
}

/** A token in a file, such as that of a service account. Fails with `configuration` when it can't be read now. */
export async function tokenFile(path: string): Promise<CredentialSource> {
  const file = await FileContents.open(path);
  return {
    current: async () => ({ token: (await file.read()).toString('utf8').trim() }),
    renew() {
      file.expire();
      return true;
    },
  };
}

/** A client certificate and its key in files. Fails with `configuration` when they can't be read now. */
export async function certificateFiles(certPath: string, keyPath: string): Promise<CredentialSource> {
  const [cert, key] = [await FileContents.open(certPath), await FileContents.open(keyPath)];
  return {
    current: async () => ({ cert: await cert.read(), key: await key.read() }),
    renew() {
      cert.expire();
      key.expire();
      return true;
    },
  };
}

/** All of them together; of what two give, the later counts. */
export function joinedCredentials(sources: readonly CredentialSource[]): CredentialSource {
  return {
    async current(signal) {
      const credentials = [];
      for (const source of sources) credentials.push(await source.current(signal));
      return Object.assign({}, ...credentials) as Credential;
    },
    renew: () => sources.map((source) => source.renew()).includes(true),
  };
}
