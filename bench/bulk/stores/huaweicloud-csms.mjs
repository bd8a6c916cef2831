/** The service has no batch call: ListSecrets, 1,000 names a call at the most, and one ShowSecretVersion for each secret. */
export const type = 'secretstores.huaweicloud.csms';
export const unavoidable = (secrets) => Math.ceil(secrets / 1000) + secrets;

export async function start({ names, textOf, delay }) {
  const { ACCESS_KEY, FakeHuawei, SECRET_KEY } = await import('@coffer/fake-services/huaweicloud');
  const fake = await FakeHuawei.start({ delay });
  for (const name of names) fake.secrets.put(name, textOf(name));
  const keys = { accessKey: ACCESS_KEY, secretAccessKey: SECRET_KEY };
  return {
    properties: { region: 'cn-north-4', ...keys, projectId: fake.project, endpoint: fake.url },
    counts: () => ({ calls: fake.service.requests.length, mostInFlight: fake.service.mostInFlight }),
    close: () => fake.close(),
  };
}
