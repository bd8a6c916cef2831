import type { CredentialContext, CredentialSource } from '../credential-source.ts';
import { Logins } from './login.ts';
import { loginsOf } from './logins.ts';
import { ImdsProbe } from './managed-identity.ts';
import { isCloudHost } from './managed-identity-source.ts';
import { patienceOf } from './retry.ts';

/** How long the reference waits for a metadata service while it starts. */
const PROBE_AT_START = 3_000;

export const credentialFor: CredentialSource = async (context: CredentialContext) => {
  const { dialect, environment, transport } = context;
  const probe = new ImdsProbe(environment, transport.local);
  if (dialect.imdsProbe === 'at_start' && !isCloudHost(environment)) {
    await probe.ask(PROBE_AT_START, new AbortController().signal);
  }
  const logins = await loginsOf(context, probe);
  return new Logins(logins, patienceOf(dialect).limit);
};
