/** The service has no batch call: 100 names a page until one is not full, and for each secret its versions and the newest of them. */
export const type = 'secretstores.tencentcloud.ssm';
export const unavoidable = (secrets) => Math.floor(secrets / 100) + 1 + 2 * secrets;

export async function start({ names, textOf, delay }) {
  const { ADMIN_KEY, startFakeTencent } = await import('@coffer/fake-services/tencentcloud');
  const fake = await startFakeTencent({ delay });
  for (const name of names) fake.secrets.put(name, textOf(name));
  return {
    properties: { ...ADMIN_KEY, region: fake.region, endpoint: fake.url },
    counts: () => ({ calls: fake.requests.length, mostInFlight: fake.mostInFlight }),
    close: () => fake.close(),
  };
}
