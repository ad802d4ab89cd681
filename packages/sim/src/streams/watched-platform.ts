import type { Connection, ConnectionEvent, Platform } from '@nagare/base';
import type { DiskTrap, SimPlatform } from '@nagare/base/sim';

/** What a disk does that has an effect: such an operation may have happened although its process has not learned of it. */
const effect = /^(write|sync|rename|remove|truncate|make) /;

/**
 * Tells of each operation of a node's disk before it happens, and where it has an effect, also when it has happened and the
 * process has not learned of it.
 */
export function watchDisk(node: { trap(trap: DiskTrap): void }, onOperation: () => void): void {
  const tell = () => {
    onOperation();
    return false;
  };
  node.trap({ moment: 'before', matches: tell, spring: () => {} });
  node.trap({ moment: 'after', matches: (operation) => effect.test(operation) && tell(), spring: () => {} });
}

/**
 * A platform whose process tells of each of its operations: those of the disk, and before they happen, bytes that are written to a
 * connection or come from one. A process that is ended there does nothing more.
 */
export function watchedPlatform(platform: SimPlatform, onOperation: () => void): Platform {
  const { clock, timers, random, disk, network } = platform;
  watchDisk(platform, onOperation);
  const mayGoOn = () => {
    onOperation();
    return platform.isAlive;
  };
  return {
    ...{ clock, timers, random, disk },
    network: {
      listen: network.listen,
      connect: async (address, options) => new WatchedConnection(await network.connect(address, options), mayGoOn),
    },
  };
}

class WatchedConnection implements Connection {
  onEvent: (event: ConnectionEvent) => void = () => {};
  readonly #connection: Connection;
  readonly #mayGoOn: () => boolean;

  constructor(connection: Connection, mayGoOn: () => boolean) {
    this.#connection = connection;
    this.#mayGoOn = mayGoOn;
    connection.onEvent = (event) => {
      if (event.type !== 'data' || mayGoOn()) this.onEvent(event);
    };
  }

  get local() {
    return this.#connection.local;
  }

  get remote() {
    return this.#connection.remote;
  }

  get unsentBytes(): number {
    return this.#connection.unsentBytes;
  }

  write(chunks: readonly Buffer[]): boolean {
    return this.#mayGoOn() ? this.#connection.write(chunks) : true;
  }

  pause(): void {
    this.#connection.pause();
  }

  resume(): void {
    this.#connection.resume();
  }

  end(): void {
    this.#connection.end();
  }

  hangUp(): void {
    this.#connection.hangUp();
  }

  destroy(): void {
    this.#connection.destroy();
  }
}
