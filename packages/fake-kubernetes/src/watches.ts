import type { ServerResponse } from 'node:http';
import { setImmediate as breathe } from 'node:timers/promises';
import type { LoggedChange, StoredObject } from './objects.ts';
import type { Selector } from './selectors.ts';
import type { Failure } from './status.ts';

export interface WatchRequest {
  readonly resource: string;
  readonly namespace: string | undefined;
  readonly selector: Selector;
  /** What an object looks like to this client. */
  readonly view: (object: StoredObject) => object;
  readonly bookmarks: boolean;
  /** Of a bookmark's object. */
  readonly bookmarkOf: (version: number) => object;
}

/** One open watch. */
export class Watch {
  readonly #request: WatchRequest;
  readonly #response: ServerResponse;
  /** Bytes a write; 0: as they come. */
  readonly #pieces: number;
  /** Nothing is written any more. */
  #isOver = false;
  #hangs = false;
  #writing: Promise<void> = Promise.resolve();

  constructor(request: WatchRequest, response: ServerResponse, pieces: number) {
    this.#request = request;
    this.#response = response;
    this.#pieces = pieces;
  }

  tell({ resource, before, after, object }: LoggedChange): void {
    const { namespace, selector, view } = this.#request;
    if (resource !== this.#request.resource || (namespace !== undefined && object.metadata.namespace !== namespace)) return;
    const [was, is] = [before !== undefined && selector(before), after !== undefined && selector(after)];
    if (was || is) this.#write({ type: is ? (was ? 'MODIFIED' : 'ADDED') : 'DELETED', object: view(object) });
  }

  bookmark(version: number): void {
    if (this.#request.bookmarks) this.#write({ type: 'BOOKMARK', object: this.#request.bookmarkOf(version) });
  }

  /** An ERROR event, after which the server ends the watch. */
  fail(failure: Failure): void {
    this.#write({ type: 'ERROR', object: failure });
    this.end();
  }

  /** The regular end. */
  end(): void {
    if (this.#hangs || this.#isOver) return;
    this.#isOver = true;
    this.#writing = this.#writing.then(() => {
      this.#response.end();
    });
  }

  /** The connection breaks, in the middle of a line unless it hung before. */
  cut(): void {
    this.#isOver = true;
    if (this.#hangs) this.#response.destroy();
    else this.#response.write('{"type":"MODIF', () => this.#response.destroy());
  }

  /** The connection stays open and nothing comes any more. */
  hang(): void {
    this.#hangs = true;
  }

  /** A line that is no event. */
  garble(line: string): void {
    this.#response.write(`${line}\n`);
  }

  #write(event: object): void {
    if (this.#hangs || this.#isOver) return;
    const bytes = Buffer.from(`${JSON.stringify(event)}\n`);
    const size = this.#pieces === 0 ? bytes.length : this.#pieces;
    this.#writing = this.#writing.then(async () => {
      for (let start = 0; start < bytes.length; start += size) {
        this.#response.write(bytes.subarray(start, start + size));
        if (size < bytes.length) await breathe();
      }
    });
  }
}
