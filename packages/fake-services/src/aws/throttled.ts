import { answer, type Fault } from '../faults.ts';

/** How the JSON services say that a caller asks too often; AWS sends no Retry-After with it, a proxy in front may. */
export function awsThrottled(headers: Readonly<Record<string, string>> = {}): Fault {
  const body = JSON.stringify({ __type: 'ThrottlingException', message: 'Rate exceeded' });
  return answer(400, { 'content-type': 'application/x-amz-json-1.1', ...headers }, body);
}
