import { SecretStoreError } from '@coffer/core/driver';

/** What Secret Manager lets a secret and a version be called; nothing else reaches a path. */
const SECRET = /^[A-Za-z0-9_-]{1,255}$/;
const VERSION = /^(?:[0-9]{1,20}|[A-Za-z][A-Za-z0-9_-]{0,62})$/;

/** The parent of every secret: `projects/p`, or `projects/p/locations/l` for regional ones. */
export function parentOf(project: string, location: string): string {
  return location === '' ? `projects/${project}` : `projects/${project}/locations/${location}`;
}

/**
 * Resource of a version. What can be no secret id or version is refused here, in the service's words: it would be a step in a
 * path, and could lead elsewhere.
 */
export function versionName(parent: string, secret: string, version: string): string {
  if (SECRET.test(secret) && VERSION.test(version)) return `${parent}/secrets/${secret}/versions/${version}`;
  const hint = SECRET.test(secret)
    ? 'version_id is a number, an alias or latest; leave it out for the latest version'
    : 'a secret id has up to 255 letters, digits, hyphens and underscores, without the project';
  throw new SecretStoreError(
    'invalid_argument',
    'rpc error: code = InvalidArgument desc = The provided Secret Version ID is malformed.',
    { hint },
  );
}

/** The last step of a resource name: the id of a secret, or the number of a version. */
export function lastOf(resource: string): string {
  return resource.slice(resource.lastIndexOf('/') + 1);
}
