/** The service has no batch call: ListSecrets, 25,000 names a call at the most, and one access for each secret. */
export const type = 'secretstores.gcp.secretmanager';
export const unavoidable = (secrets) => Math.ceil(secrets / 25_000) + secrets;
/** Pages of 25 by default, one call after the other. */
export const reference = { secrets: 60, calls: 63, seconds: 1.45, callsFor: (secrets) => Math.ceil(secrets / 25) + secrets };

export async function start({ names, textOf, delay }) {
  const { FakeGoogle } = await import('@coffer/fake-services/google');
  const fake = await FakeGoogle.start({ delay });
  for (const name of names) fake.secrets.put(name, textOf(name));
  return {
    properties: { ...fake.key(), endpoint: fake.url },
    counts: () => ({ calls: fake.service.requests.length, mostInFlight: fake.service.mostInFlight }),
    close: () => fake.close(),
  };
}
