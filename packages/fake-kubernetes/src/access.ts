import { Failure } from './status.ts';

/** What a user may do, as a rule of a Role. */
export interface Rule {
  readonly verbs: readonly string[];
  readonly resources: readonly string[];
  /** Absent: the core group. */
  readonly group?: string;
  /** Absent: all of them. */
  readonly namespace?: string;
  readonly names?: readonly string[];
}
export interface User {
  readonly name: string;
  /** Absent: everything is allowed. */
  readonly rules?: readonly Rule[];
}

export interface Attempt {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
}

export const ANONYMOUS: User = { name: 'system:anonymous', rules: [] };

/** Fails with the 403 of RBAC. */
export function allow(user: User, { verb, group, resource, namespace, name }: Attempt): void {
  const allowed = user.rules?.some(
    (rule) =>
      rule.verbs.includes(verb) &&
      rule.resources.includes(resource) &&
      (rule.group ?? '') === group &&
      (rule.namespace === undefined || rule.namespace === namespace) &&
      (rule.names === undefined || (name !== undefined && rule.names.includes(name))),
  );
  if (user.rules === undefined || allowed) return;
  const kind = group === '' ? resource : `${resource}.${group}`;
  const subject = verb === 'get' && name !== undefined ? `${kind} "${name}"` : kind;
  const where = namespace === undefined ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  const message = `${subject} is forbidden: User "${user.name}" cannot ${verb} resource "${resource}" in API group "${group}" ${where}`;
  throw new Failure(403, 'Forbidden', message, { details: { ...(name === undefined ? {} : { name }), kind: resource } });
}
