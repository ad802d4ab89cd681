import { connect } from 'node:net';
import { type Random, seededRandom } from '@nagare/base';
import { AnswerCounter, type MalformedPool, numbered } from './malformed-request.ts';

type Kind = keyof MalformedPool;

/** How many requests of each kind there are, beside those of the others. */
export type Mix = Readonly<Record<Kind, number>>;

/** What became of the requests. */
export interface LoadOutcome {
  /** By kind, how many were sent. */
  readonly sent: Record<Kind, number>;
  answered: number;
  /** Connections that the broker closed for a request, or that were closed on it with a part of one sent. */
  closed: number;
  /** Connections on which an answer was missing. */
  short: number;
  /** Bytes of the answers. */
  answerBytes: number;
}

/** One connection: requests that are answered, in front of one that ends it. */
interface Conversation {
  readonly bytes: Buffer;
  readonly answers: number;
  /** Whether the last request may lack its end, so that only the peer's own end ends the connection. */
  readonly isOpenEnded: boolean;
}

export interface LoadOptions {
  readonly bootstrap: string;
  readonly pool: MalformedPool;
  readonly mix: Mix;
  readonly seed: string;
  readonly count: number;
}

/** Sends malformed requests of all kinds over connections of its own, and looks at what comes back. */
export class MalformedLoad {
  readonly outcome: LoadOutcome = {
    sent: { nonsense: 0, damaged: 0, random: 0, counts: 0, lengths: 0 },
    answered: 0,
    closed: 0,
    short: 0,
    answerBytes: 0,
  };
  readonly #address: { readonly host: string; readonly port: number };
  readonly #pool: MalformedPool;
  readonly #random: Random;
  readonly #endings: readonly Kind[];
  /** How many requests stand in front of one that ends a connection, at most. */
  readonly #inFrontMax: number;
  #left: number;

  constructor({ bootstrap, pool, mix, seed, count }: LoadOptions) {
    const [host = '', port = ''] = bootstrap.split(':');
    this.#address = { host, port: Number(port) };
    this.#pool = pool;
    this.#random = seededRandom(seed);
    this.#endings = (['damaged', 'random', 'counts', 'lengths'] as const).flatMap((kind) =>
      Array<Kind>(mix[kind]).fill(kind),
    );
    // On the average it is half of it, as many as the mix says.
    this.#inFrontMax = Math.floor((2 * mix.nonsense) / this.#endings.length);
    this.#left = count;
  }

  async run(connections: number): Promise<void> {
    await Promise.all(Array.from({ length: connections }, () => this.#lane()));
  }

  async #lane(): Promise<void> {
    while (this.#left > 0) await this.#hold(this.#next());
  }

  #next(): Conversation {
    const ending = this.#endings[this.#random.below(this.#endings.length)] as Kind;
    const answers = Math.min(this.#left - 1, this.#random.below(1 + this.#inFrontMax));
    const requests = Array.from({ length: answers }, () => this.#take('nonsense'));
    requests.push(this.#take(ending));
    return { bytes: numbered(requests), answers, isOpenEnded: ending === 'lengths' };
  }

  #take(kind: Kind): Buffer {
    const all = this.#pool[kind];
    this.outcome.sent[kind] += 1;
    this.#left -= 1;
    return all[this.#random.below(all.length)] as Buffer;
  }

  #hold({ bytes, answers, isOpenEnded }: Conversation): Promise<void> {
    const socket = connect({ ...this.#address, noDelay: true, allowHalfOpen: isOpenEnded });
    const counter = new AnswerCounter();
    return new Promise((resolve, reject) => {
      const endOpen = () => {
        if (isOpenEnded && counter.answers >= answers) socket.end();
      };
      socket.on('error', () => {});
      socket.on('data', (chunk) => {
        this.outcome.answerBytes += chunk.length;
        try {
          counter.push(chunk);
        } catch (error) {
          socket.destroy();
          reject(error);
        }
        endOpen();
      });
      socket.on('end', () => socket.end());
      socket.on('close', () => {
        this.outcome.answered += counter.answers;
        this.outcome.closed += 1;
        if (counter.answers < answers) this.outcome.short += 1;
        resolve();
      });
      socket.write(bytes);
      endOpen();
    });
  }
}
