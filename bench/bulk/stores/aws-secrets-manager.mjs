/** BatchGetSecretValue by filter gives 20 secrets a page, one page after another. The names need not be listed. */
export const type = 'secretstores.aws.secretmanager';
export const unavoidable = (secrets) => Math.ceil(secrets / 20);
export const reference = {
  secrets: 60,
  calls: 61,
  seconds: 1.99,
  callsFor: (secrets) => Math.ceil(secrets / 100) + secrets,
};

export async function start({ names, textOf, delay }) {
  const { startFakeAws, ADMIN_KEYS } = await import('@coffer/fake-services/aws');
  const fake = await startFakeAws({ delay });
  for (const name of names) fake.secretsManager.put(name, textOf(name));
  const { accessKeyId: accessKey, secretAccessKey: secretKey } = ADMIN_KEYS;
  return {
    properties: { region: fake.region, endpoint: fake.url, accessKey, secretKey },
    counts: () => ({ calls: fake.requests.length, mostInFlight: fake.mostInFlight }),
    close: () => fake.close(),
  };
}
