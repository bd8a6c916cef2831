import { SecretStoreError } from '@coffer/core/driver';
import { isJsonObject, jsonObjectOf } from '@coffer/http-client';
import type { HuaweiApi } from './api.ts';
import { unreadable } from './service-failure.ts';
import { textOf } from './text-of.ts';

/** The id of the project that has a region's name, as IAM knows it: every account has one in each of its regions. */
export async function projectIdOf(api: HuaweiApi, iam: URL, region: string, signal: AbortSignal | undefined): Promise<string> {
  const answer = await api.get({ service: iam, segments: ['v3', 'projects'], query: { name: region } }, signal);
  const projects = jsonObjectOf(answer.body)?.projects;
  if (!Array.isArray(projects)) throw unreadable(answer);
  const [first, second] = projects.filter(isJsonObject).map((project) => textOf(project, 'id'));
  if (first === undefined || first === '') throw new SecretStoreError('failed_precondition', NONE);
  if (second !== undefined) throw new SecretStoreError('failed_precondition', MANY, { hint: 'set projectId to one of them' });
  return first;
}

const NONE = 'No project id found, please specify project_id manually when initializing the credentials';
const MANY = 'multiple project ids have been returned, please specify one when initializing the credentials';
