import { unreachable } from '../assert.ts';
import type { Connection, ConnectionEvent, NetworkError } from '../network.ts';

/** One side of a connection, with promises for what a test waits for. */
export class Conversation {
  readonly connection: Connection;
  /** How many close events came. */
  closes = 0;
  readonly #chunks: Buffer[] = [];
  readonly #waiting = new Set<() => void>();
  #drains = 0;
  #drainsSeen = 0;
  #error: NetworkError | undefined;

  constructor(connection: Connection) {
    this.connection = connection;
    connection.onEvent = (event) => {
      this.#take(event);
      for (const look of [...this.#waiting]) look();
    };
  }

  /** The next `length` bytes. */
  async take(length: number): Promise<Buffer> {
    await this.#until(() => this.#received() >= length);
    const all = this.untaken();
    this.#chunks.splice(0, this.#chunks.length, all.subarray(length));
    return all.subarray(0, length);
  }

  /** What came and was not taken yet. */
  untaken(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  /** Waits for a drain event that was not waited for yet. */
  async drained(): Promise<void> {
    await this.#until(() => this.#drains > this.#drainsSeen);
    this.#drainsSeen = this.#drains;
  }

  /** Waits for the close; gives its error if it has one. */
  async closed(): Promise<NetworkError | undefined> {
    await this.#until(() => this.closes > 0);
    return this.#error;
  }

  #received(): number {
    return this.#chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  }

  #take(event: ConnectionEvent): void {
    switch (event.type) {
      case 'data':
        this.#chunks.push(event.chunk);
        break;
      case 'drain':
        this.#drains += 1;
        break;
      case 'close':
        this.closes += 1;
        this.#error = event.error;
        break;
      default:
        unreachable(event);
    }
  }

  #until(isSo: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (!isSo()) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
      look();
    });
  }
}
