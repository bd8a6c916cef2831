/** The value of `--kubeconfig x` or `-kubeconfig=x` among a process's arguments, as the reference's store looks for it. */
export function kubeconfigArgument(args: readonly string[]): string | undefined {
  for (const [index, arg] of args.entries()) {
    const [, value] = /^--?kubeconfig(?:=(.*))?$/s.exec(arg) ?? [arg, null];
    if (value === null) continue;
    if (value !== undefined) return value === '' ? undefined : value;
    const next = args[index + 1];
    return next === undefined || next.startsWith('-') ? undefined : next;
  }
  return undefined;
}
