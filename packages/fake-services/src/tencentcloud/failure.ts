/** A refusal as the API gives it: with status 200, as any answer. */
export class TencentFailure extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}
