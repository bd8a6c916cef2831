/** GetSecretParametersByPath gives 10 parameters a call with their values. */
export const type = 'secretstores.alicloud.parameterstore';
export const unavoidable = (secrets) => Math.ceil(secrets / 10);

export async function start({ names, textOf, delay }) {
  const { FakeAlicloud } = await import('@coffer/fake-services/alicloud');
  const fake = await FakeAlicloud.start({ delay });
  for (const name of names) fake.parameters.put(`/bench/${name}`, textOf(name));
  return {
    properties: { regionId: 'cn-hangzhou', ...fake.key, endpoint: fake.url, path: '/bench/' },
    counts: () => ({ calls: fake.service.requests.length, mostInFlight: fake.service.mostInFlight }),
    close: () => fake.close(),
  };
}
