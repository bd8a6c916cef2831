import { askAsClient, type ClientOptions, type ClientOutcome } from './client.ts';
import { exchangesOf, type RecordedCase } from './exchange.ts';
import { type RecordedVendor, startRecordedVendor, type VendorOptions } from './vendor.ts';

/** Where the reference is not followed, and what comes instead. What is absent is as it was recorded. */
export interface Otherwise {
  /** The reason, as a reader of the test wants to know it. */
  readonly because: string;
  /** What the client gets: the whole body, or what the message of a failure begins with. */
  readonly answer?: { readonly status: number } & ({ readonly body: string } | { readonly message: string });
  /** The component fails, in words that begin so. */
  readonly fails?: string;
  /** How many of the recorded calls are made, the first ones; all when absent. */
  readonly sends?: number;
}

export interface ReplayOptions extends VendorOptions {
  /** The driver with the recorded vendor's address injected. */
  readonly definitionFor: (vendor: RecordedVendor, recorded: RecordedCase) => ClientOptions['definition'];
  readonly dialect?: ClientOptions['dialect'];
  readonly otherwise?: Otherwise | undefined;
}

/**
 * Plays a case to a driver and tells how it differs from the recording: signatures that do not verify, calls that were not
 * recorded or are not made, and another answer to the client. Empty when all is as recorded, or as `otherwise` says.
 */
export async function replay(recorded: RecordedCase, options: ReplayOptions): Promise<readonly string[]> {
  await using vendor = await startRecordedVendor(recorded, options);
  const { dialect, definitionFor, otherwise } = options;
  const definition = definitionFor(vendor, recorded);
  const outcome = await askAsClient(recorded, { definition, ...(dialect && { dialect }) });
  return [
    ...vendor.problems,
    ...callDifferences(recorded, vendor, otherwise),
    ...(hasStarted(recorded, otherwise)
      ? answerDifferences(recorded, outcome, otherwise)
      : startDifferences(recorded, outcome, otherwise)),
  ];
}

function hasStarted({ init }: RecordedCase, otherwise: Otherwise | undefined): boolean {
  return otherwise?.fails === undefined && (init?.started !== false || otherwise?.answer !== undefined);
}

function callDifferences(recorded: RecordedCase, { asked }: RecordedVendor, otherwise: Otherwise | undefined): string[] {
  const exchanges = exchangesOf(recorded).slice(0, otherwise?.sends);
  const missing = exchanges.filter((_, index) => !asked.includes(index));
  const further = asked.filter((index) => index >= exchanges.length);
  return [
    ...missing.map(({ request: { method, path, query } }) => `not asked for: ${method} ${path}?${query}`),
    ...(further.length === 0 ? [] : [`${further.length} calls more than the ${exchanges.length} expected`]),
  ];
}

function startDifferences({ init }: RecordedCase, { failure, lines }: ClientOutcome, otherwise: Otherwise | undefined): string[] {
  if (failure === undefined) return ['the component is up'];
  if (otherwise?.fails !== undefined) return failure.startsWith(otherwise.fails) ? [] : [`fails otherwise: ${failure}`];
  // As logrus writes it: msg="…".
  const line = JSON.parse(/msg=("(?:[^"\\]|\\.)*")/.exec(init?.log ?? '')?.[1] ?? '""') as string;
  return lines.includes(line) ? [] : [`the log has no line: ${line}`];
}

function answerDifferences(
  recorded: RecordedCase,
  { answer, failure }: ClientOutcome,
  otherwise: Otherwise | undefined,
): string[] {
  if (failure !== undefined) return [`the component is not up: ${failure}`];
  if (recorded.clientRequest === null) return [];
  const text = answer?.body.toString('utf8') ?? '';
  const expected = otherwise?.answer ?? expectedOf(recorded);
  if (expected === undefined) return [`the reference crashed here, and what comes instead is not said: ${text}`];
  const status = answer?.status === expected.status ? [] : [`status ${answer?.status}, not ${expected.status}`];
  const isSame = 'body' in expected ? answer?.body.equals(Buffer.from(expected.body)) : isFailure(text, expected.message);
  return [...status, ...(isSame ? [] : [`the client gets: ${text}`])];
}

function expectedOf({ clientResponse, stableMessagePrefix }: RecordedCase): Otherwise['answer'] {
  if (typeof clientResponse?.status !== 'number') return undefined;
  const { status, body } = clientResponse;
  return stableMessagePrefix === undefined ? { status, body: body ?? '' } : { status, message: stableMessagePrefix };
}

/** Whether a body is that of a failed read, its members in the reference's order. */
function isFailure(body: string, start: string): boolean {
  const { errorCode, message } = (body.startsWith('{') ? JSON.parse(body) : {}) as Record<string, unknown>;
  return errorCode === 'ERR_SECRET_GET' && String(message).startsWith(start);
}
