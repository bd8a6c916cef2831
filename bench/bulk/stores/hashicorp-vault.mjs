/** The service has no batch call: one LIST, and one GET for each secret. */
export const type = 'secretstores.hashicorp.vault';
export const unavoidable = (secrets) => 1 + secrets;
export const reference = { secrets: 60, calls: 61, seconds: 1.71, callsFor: unavoidable };

export async function start({ names, textOf, delay }) {
  const { FakeVault } = await import('@coffer/fake-services/vault');
  const fake = await FakeVault.start({ delay });
  for (const name of names) fake.engine().put(`dapr/${name}`, { value: textOf(name) });
  return {
    properties: { vaultAddr: fake.url, vaultToken: 'root' },
    counts: () => ({ calls: fake.requests.length, mostInFlight: fake.mostInFlight }),
    close: () => fake.close(),
  };
}
