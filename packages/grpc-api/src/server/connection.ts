import { constants, type ServerHttp2Session } from 'node:http2';
import type { KeepaliveOptions } from './types.ts';

/** Pings over the allowed rate that a client gets away with. */
const PING_STRIKES = 2;
const TOO_MANY_PINGS: Buffer = Buffer.from('too_many_pings');

export type Keepalive = Readonly<Record<keyof KeepaliveOptions, number>>;

/** What a server keeps of a client's connection, beside its calls. */
export class Connection {
  readonly session: ServerHttp2Session;
  readonly #keepalive: Keepalive;
  /** Calls that are not closed yet. */
  calls = 0;
  #idleSince: number;
  #bytesRead = 0;
  #heardAt: number;
  #pingedAt: number | undefined;
  #clientPingAt = Number.NEGATIVE_INFINITY;
  #strikes = 0;

  constructor(session: ServerHttp2Session, keepalive: Keepalive) {
    this.session = session;
    this.#keepalive = keepalive;
    this.#idleSince = this.#heardAt = performance.now();
    session.on('ping', () => this.#clientPinged());
  }

  /** A call has come in. */
  opened(): void {
    this.calls++;
    // Who makes calls may ping to see whether they are alive.
    this.#strikes = 0;
  }

  /** A call's stream is closed. */
  released(): void {
    this.calls--;
    if (this.calls === 0) this.#idleSince = performance.now();
  }

  /** Called every now and then: closes connections that nobody uses, and those at whose other end nobody is. */
  check(now: number): void {
    if (this.calls === 0 && now - this.#idleSince >= this.#keepalive.maxIdle) {
      this.leave();
      return;
    }
    const bytesRead = this.session.socket?.bytesRead ?? 0;
    if (bytesRead !== this.#bytesRead) {
      this.#bytesRead = bytesRead;
      this.#heardAt = now;
      this.#pingedAt = undefined;
      return;
    }
    if (this.#pingedAt !== undefined) {
      if (now - this.#pingedAt >= this.#keepalive.pingTimeout) this.session.destroy();
    } else if (now - this.#heardAt >= this.#keepalive.pingAfter) {
      this.#pingedAt = now;
      if (!this.session.closed) this.session.ping(() => undefined);
    }
  }

  /**
   * Lets running calls finish and refuses new ones. The client is told the last call that was taken, so it can make those
   * that crossed the message again elsewhere.
   */
  leave(): void {
    if (!this.session.closed) this.session.close();
  }

  #clientPinged(): void {
    const now = performance.now();
    const isEarly = now - this.#clientPingAt < this.#keepalive.minClientPingInterval;
    this.#clientPingAt = now;
    if (!isEarly) return;
    this.#strikes++;
    if (this.#strikes <= PING_STRIKES || this.session.destroyed) return;
    this.session.goaway(constants.NGHTTP2_ENHANCE_YOUR_CALM, 0, TOO_MANY_PINGS);
    this.session.destroy();
  }
}
