import { STATUS_CODES } from 'node:http';
import { jsonObjectOf } from '@coffer/http-client';

interface VaultError {
  readonly message: string;
  readonly status?: number;
  /** `SecretNotFound`, `Forbidden` … */
  readonly code?: string;
  /** Tells some of them apart: `SecretDisabled`, `ForbiddenByRbac` … */
  readonly innerCode?: string;
  readonly wholeAnswer?: string;
}

/** An answer that is no secret. Status 0: it had status 200, and is none of a vault. */
export class VaultFailure extends Error {
  override readonly name = 'VaultFailure';
  readonly status: number;
  readonly code: string;
  readonly innerCode: string;
  /** What the reference's library makes of the answer: the request, the status and the JSON, laid out. */
  readonly wholeAnswer: string;

  constructor({ message, status = 0, code = '', innerCode = '', wholeAnswer = message }: VaultError) {
    super(message);
    this.status = status;
    this.code = code;
    this.innerCode = innerCode;
    this.wholeAnswer = wholeAnswer;
  }

  /** The failure that an answer with another status than 200 means. */
  static of(url: URL, status: number, body: string): VaultFailure {
    const said = errorOf(body);
    const { code = '', message, innerCode = '' } = said ?? {};
    const line = `GET ${url.origin}${decoded(url.pathname)}`;
    const words = `${status} ${STATUS_CODES[status] ?? ''}`.trimEnd();
    const rule = '-'.repeat(80);
    const coded = code === '' ? 'ERROR CODE UNAVAILABLE' : `ERROR CODE: ${code}`;
    const layout = said?.layout ?? 'Response contained no body';
    return new VaultFailure({
      status,
      code,
      innerCode,
      message: message === undefined ? `${line}: ${words}` : message.replace(/\s*[\r\n]+\s*/g, ' ').trim(),
      wholeAnswer: [line, rule, `RESPONSE ${status}: ${words}`, coded, rule, layout, rule, ''].join('\n'),
    });
  }
}

interface Said {
  readonly code: string | undefined;
  readonly message: string | undefined;
  readonly innerCode: string | undefined;
  readonly layout: string;
}

/** Characters of an answer that is a vault's own words about a failure, and shown. */
const LONGEST_ERROR = 16_384;

/** `{"error": {"code", "message", "innererror": {"code"}}}`; undefined when the answer is something else, an HTML page say. */
function errorOf(body: string): Said | undefined {
  if (body.length > LONGEST_ERROR) return undefined;
  const answer = jsonObjectOf(body);
  const error = member(answer, 'error');
  if (error === undefined) return undefined;
  const [code, message] = [text(member(error, 'code')), text(member(error, 'message'))];
  return {
    code,
    message,
    innerCode: text(member(member(error, 'innererror'), 'code')),
    layout: JSON.stringify(answer, null, 2),
  };
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Object.getOwnPropertyDescriptor(value, name)?.value : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch (cause) {
    if (cause instanceof URIError) return path;
    throw cause;
  }
}
