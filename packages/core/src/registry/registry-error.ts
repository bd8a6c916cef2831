/** Why the registry can't give a driver. `detail` is the reference's text; `hint` says what to type. */
export class RegistryError extends Error {
  override readonly name = 'RegistryError';
  readonly detail: string;
  readonly hint: string | undefined;

  constructor(detail: string, options: { readonly hint?: string | undefined; readonly cause?: unknown } = {}) {
    super(options.hint === undefined ? detail : `${detail} (${options.hint})`, { cause: options.cause });
    this.detail = detail;
    this.hint = options.hint;
  }
}
