/** Why no certification could be begun: the package, its test beds or the command line, not what the driver does. */
export class CannotCertify extends Error {
  override readonly name = 'CannotCertify';
  readonly hint: string;

  constructor(message: string, hint: string) {
    super(message);
    this.hint = hint;
  }
}
