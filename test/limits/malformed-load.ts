import { connect, type Socket } from 'node:net';
import { AnswerCounter, type Malformed, type MalformedRequests } from './malformed-request.ts';

/** Requests that one connection has on their way at once. */
const windowMax = 32;
/** A connection on which nothing moves for so long has been sent part of a frame, or a request that waits: it is given up. */
const quietMsMax = 200;

/** What became of the requests. */
export interface LoadOutcome {
  answered: number;
  /** Connections that the broker closed: each for one request. */
  refused: number;
  /** Requests that were waiting, or did not end, when the peer gave up or hung up. */
  abandoned: number;
}

/** Sends that many malformed requests over connections of its own, and sends again what stood behind one that was refused. */
export class MalformedLoad {
  readonly outcome: LoadOutcome = { answered: 0, refused: 0, abandoned: 0 };
  readonly #bootstrap: string;
  readonly #requests: MalformedRequests;
  #left: number;

  constructor(options: { readonly bootstrap: string; readonly requests: MalformedRequests; readonly count: number }) {
    this.#bootstrap = options.bootstrap;
    this.#requests = options.requests;
    this.#left = options.count;
  }

  async run(connections: number): Promise<void> {
    await Promise.all(Array.from({ length: connections }, () => this.#lane()));
  }

  async #lane(): Promise<void> {
    let behind: Malformed[] = [];
    while (behind.length > 0 || this.#left > 0) behind = await this.#connection(behind);
  }

  /** Serves one connection to its end and gives the requests that it did not come to. */
  #connection(waiting: Malformed[]): Promise<Malformed[]> {
    const [host = '', port = ''] = this.#bootstrap.split(':');
    const socket = connect({ host, port: Number(port), noDelay: true });
    const counter = new AnswerCounter();
    send(socket, waiting);
    this.#fill(socket, waiting);
    return new Promise((resolve, reject) => {
      let isGivenUp = false;
      const end = () => {
        isGivenUp = true;
        socket.destroy();
      };
      let quiet = setTimeout(end, quietMsMax);
      socket.on('error', () => {});
      socket.on('data', (chunk) => {
        clearTimeout(quiet);
        quiet = setTimeout(end, quietMsMax);
        try {
          counter.push(chunk);
        } catch (error) {
          socket.destroy();
          reject(error);
        }
        // A length that was made shorter turns one request into two, of which both may be answered.
        this.outcome.answered += waiting.splice(0, counter.take()).length;
        this.#fill(socket, waiting);
        if (waiting.length === 0) end();
      });
      socket.on('close', () => {
        clearTimeout(quiet);
        resolve(this.#rest(waiting, isGivenUp));
      });
    });
  }

  #fill(socket: Socket, waiting: Malformed[]): void {
    const more: Malformed[] = [];
    for (; waiting.length < windowMax && waiting.at(-1)?.isLast !== true && this.#left > 0; this.#left -= 1) {
      const request = this.#requests.next();
      waiting.push(request);
      more.push(request);
    }
    send(socket, more);
  }

  #rest(waiting: readonly Malformed[], isGivenUp: boolean): Malformed[] {
    if (waiting.length === 0) return [];
    if (isGivenUp || waiting[0]?.isLast === true) this.outcome.abandoned += 1;
    else this.outcome.refused += 1;
    return waiting.slice(1);
  }
}

function send(socket: Socket, requests: readonly Malformed[]): void {
  if (requests.length === 0) return;
  const bytes = Buffer.concat(requests.map((request) => request.bytes));
  if (requests.at(-1)?.isLast === true) socket.end(bytes);
  else socket.write(bytes);
}
