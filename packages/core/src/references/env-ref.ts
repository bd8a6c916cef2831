/**
 * Whether a component may take this environment variable. Sidecar settings and the application's token never; and when
 * an allow list (`DAPR_ENV_KEYS`, separated by spaces) is set, only what it names. As in the reference only the first
 * place where the name occurs in the list is looked at, so `FOOBAR FOO` does not allow `FOO`.
 */
export function isEnvRefAllowed(name: string, allowList: string | undefined): boolean {
  const upper = name.toUpperCase();
  if (upper === '' || upper === 'APP_API_TOKEN' || upper.startsWith('DAPR_') || upper.includes(' ')) return false;
  if (allowList === undefined || allowList === '') return true;
  const at = allowList.indexOf(upper);
  if (at < 0) return false;
  const end = at + upper.length;
  return (at === 0 || allowList[at - 1] === ' ') && (end === allowList.length || allowList[end] === ' ');
}
