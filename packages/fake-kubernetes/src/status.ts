/** A failure as the API server answers it. */
export class Failure {
  readonly code: number;
  readonly reason: string;
  readonly message: string;
  readonly more: { readonly metadata?: object; readonly details?: object };

  constructor(code: number, reason: string, message: string, more: Failure['more'] = {}) {
    this.code = code;
    this.reason = reason;
    this.message = message;
    this.more = more;
  }

  static notFound(resource: string, name: string): Failure {
    return new Failure(404, 'NotFound', `${resource} "${name}" not found`, { details: { name, kind: resource } });
  }

  static unauthorized(): Failure {
    return new Failure(401, 'Unauthorized', 'Unauthorized');
  }

  /** The resource version is older than what is kept. */
  static tooOld(version: number, oldest: number): Failure {
    return new Failure(410, 'Expired', `too old resource version: ${version} (${oldest})`);
  }

  /** A continue token of a moment that is no longer kept; with it comes one for the rest as it is now. */
  static expiredContinue(fresh: string): Failure {
    const message =
      'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.';
    return new Failure(410, 'Expired', message, { metadata: { continue: fresh } });
  }

  /** The Status object. */
  toJSON(): object {
    const { code, reason, message, more } = this;
    return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, ...more, code };
  }
}
