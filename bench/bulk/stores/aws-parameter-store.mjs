/** GetParametersByPath gives 10 parameters a call with their values. */
export const type = 'secretstores.aws.parameterstore';
export const unavoidable = (secrets) => Math.ceil(secrets / 10);
export const reference = {
  secrets: 60,
  calls: 67,
  seconds: 2.18,
  callsFor: (secrets) => Math.floor(secrets / 10) + 1 + secrets,
};

export async function start({ names, textOf, delay }) {
  const { startFakeAws, ADMIN_KEYS } = await import('@coffer/fake-services/aws');
  const fake = await startFakeAws({ delay });
  for (const name of names) fake.parameterStore.put(`/bench/${name}`, textOf(name), { type: 'SecureString' });
  const { accessKeyId: accessKey, secretAccessKey: secretKey } = ADMIN_KEYS;
  return {
    properties: { region: fake.region, endpoint: fake.url, accessKey, secretKey, prefix: '/bench/' },
    counts: () => ({ calls: fake.requests.length, mostInFlight: fake.mostInFlight }),
    close: () => fake.close(),
  };
}
