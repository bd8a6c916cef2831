import { fill } from './fill.mjs';
import { request } from './request.mjs';

const TARGETS = { secretsmanager: 'secretsmanager', ssm: 'AmazonSSM' };

/**
 * Sends one seed: `{ at, do, body, region, repeat, save, ok }`. `at` names one of the places; `do` is `METHOD /path`, or
 * `service.Action` of AWS; `repeat` sends it so many times with `{{n}}` counted; `save` keeps members of the answer among the
 * known values; `ok` lists further statuses that are fine.
 */
export async function seed({ at, do: action, body, region = 'us-east-1', repeat = 1, save = {}, ok = [] }, places, known) {
  const place = places[at];
  for (let count = 1; count <= repeat; count++) {
    const counted = { ...known, n: String(count).padStart(3, '0') };
    const [method, target] = fill(action, counted).split(' ');
    const filled = body === undefined ? undefined : fill(body, counted);
    const { status, text } = await (target === undefined
      ? callAws(place, method, region, filled)
      : request(place, method, target, { body: filled }));
    if (status >= 300 && status !== 409 && !ok.includes(status)) throw new Error(`seed ${at} ${action}: ${status} ${text}`);
    for (const [name, member] of Object.entries(save)) {
      known[name] = member.split('.').reduce((node, key) => node[key], JSON.parse(text));
    }
  }
}

/** An action of a JSON service, or of IAM's query service. The emulator reads the scope of the credentials, and no signature. */
function callAws(place, operation, region, body) {
  const [service, action] = operation.split('.');
  const scope = `test/20260101/${region}/${service}/aws4_request`;
  const authorization = `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`;
  if (service !== 'iam') {
    const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `${TARGETS[service]}.${action}` };
    return request(place, 'POST', '/', { headers: { authorization, ...headers }, body });
  }
  const form = new URLSearchParams({ Action: action, Version: '2010-05-08', ContentType: 'JSON', ...body });
  const headers = { authorization, 'content-type': 'application/x-www-form-urlencoded' };
  return request(place, 'POST', '/', { headers, body: String(form) });
}
