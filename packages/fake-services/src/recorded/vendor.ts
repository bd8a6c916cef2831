import { type Answer, type FakeService, type SeenRequest, startFakeService } from '../fake-service.ts';
import { type Fault, reset } from '../faults.ts';
import { exchangesOf, type RecordedCase, type RecordedExchange, seenRequestOf } from './exchange.ts';
import { meaningOf } from './meaning.ts';

/** What is wrong with a request's signature; undefined when nothing is. It judges by the vendor's published algorithm. */
export type Verify = (request: SeenRequest) => string | undefined;

export interface VendorOptions {
  /** Asked about every request; one with something wrong is answered 403. */
  readonly verify: Verify;
  /** Headers, in lower case, that say what a request asks for: the vendor's action, its version, its region. */
  readonly headerNames?: readonly string[];
}

/**
 * A vendor that answers what it answered when a case was recorded. A request gets the answer of the recorded request that
 * means the same, so that calls may come in another order, or come again; what means none of them is a problem, and gets the next
 * answer that nobody had.
 */
export interface RecordedVendor extends AsyncDisposable {
  readonly service: FakeService;
  /** Base address. What a driver signs and sends as Host is the vendor's own name. */
  readonly address: URL;
  /** Refused signatures, and requests that mean nothing that was recorded. */
  readonly problems: readonly string[];
  /** Which of the recorded exchanges were asked for, each once, in the order in which it first was. */
  readonly asked: readonly number[];
}

export async function startRecordedVendor(recorded: RecordedCase, options: VendorOptions): Promise<RecordedVendor> {
  const { verify, headerNames = [] } = options;
  const exchanges = exchangesOf(recorded);
  const meanings = exchanges.map(({ request }) => meaningOf(seenRequestOf(request), headerNames));
  const problems: string[] = [];
  const asked: number[] = [];
  const indexes = [...exchanges.keys()];

  function indexOf(request: SeenRequest): number | undefined {
    const meaning = meaningOf(request, headerNames);
    const same = indexes.filter((index) => meanings[index] === meaning);
    const found = same.find((index) => !asked.includes(index)) ?? same.at(-1);
    if (found !== undefined) return found;
    problems.push(`nothing that was recorded means:\n${meaning}`);
    return indexes.find((index) => !asked.includes(index));
  }

  const service = await startFakeService((request) => {
    const reason = verify(request);
    if (reason !== undefined) {
      problems.push(`signature of ${request.method} ${request.path}${request.search}: ${reason}`);
      return { status: 403, body: reason };
    }
    const index = indexOf(request);
    if (index === undefined) return { status: 599, body: 'nothing is recorded for this' };
    if (!asked.includes(index)) asked.push(index);
    return answerOf(exchanges[index] as RecordedExchange);
  });
  return {
    service,
    address: new URL(service.url),
    problems,
    asked,
    [Symbol.asyncDispose]: () => service.close(),
  };
}

function answerOf({ response }: RecordedExchange): Answer | Fault {
  return 'drop' in response ? reset() : response;
}
