/** A refusal as AWS gives it: its code, its text and its status. Codes are those of the JSON protocol. */
export class AwsFailure extends Error {
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** The refusal of a call that no policy of its caller allows. */
export function denied(arn: string, action: string, resource: string): AwsFailure {
  const why = `because no identity-based policy allows the ${action} action`;
  return new AwsFailure(
    'AccessDeniedException',
    `User: ${arn} is not authorized to perform: ${action} on resource: ${resource} ${why}`,
  );
}

/** The refusal of a member of the input that is out of bounds. */
export function invalid(member: string, constraint: string): AwsFailure {
  return new AwsFailure(
    'ValidationException',
    `1 validation error detected: Value at '${member}' failed to satisfy constraint: ${constraint}`,
  );
}
