type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Replaces `$NAME` and `${NAME}` by environment variables, as Go's os.Expand does: anything up to the brace is a name,
 * a variable that is not set is empty, `${}` and an unclosed `${` vanish, `$` before one of `*#$@!?-` or a digit takes
 * that one character as the name, and any other `$` stays.
 */
export function expandEnvironment(text: string, environment: Environment): string {
  return text.replace(
    /\$(?:\{([^}]*)\}|([*#$@!?\-0-9])|([A-Za-z_][A-Za-z0-9_]*)|\{)/g,
    (_, braced?: string, special?: string, plain?: string) => {
      const name = braced || special || plain || '';
      return (Object.hasOwn(environment, name) && environment[name]) || '';
    },
  );
}
