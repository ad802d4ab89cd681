import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Client } from '@nagare/client';
import { Child } from '../../tools/child.ts';
import { type WaitOptions, waitFor } from '../../tools/wait.ts';
import { applicationId } from './topology.ts';

const program = fileURLToPath(new URL('./application.ts', import.meta.url));

export interface InstanceOptions {
  readonly name: string;
  readonly bootstrap: string;
  readonly stateDirectory: string;
  readonly sessionTimeoutMs: number;
  readonly client: Client;
}

/** A process of the application, and another in its place each time that it was killed. */
export class Instance {
  readonly name: string;
  readonly #options: InstanceOptions;
  #incarnation = 0;
  #child: Child;

  constructor(options: InstanceOptions) {
    this.name = options.name;
    this.#options = options;
    this.#child = this.#start();
  }

  /** Ends the process without a warning and starts another one, which finds the state directory, or nothing. */
  async kill({ wipes }: { readonly wipes: boolean }): Promise<void> {
    await this.#child.end('SIGKILL');
    if (wipes) rmSync(this.#options.stateDirectory, { recursive: true, force: true });
    this.#child = this.#start();
  }

  /** Stops the process until the group has gone on without it, and lets it find that out. */
  async makeZombie(): Promise<void> {
    await this.untilMember(true);
    process.kill(this.#child.pid, 'SIGSTOP');
    try {
      await this.untilMember(false);
    } finally {
      process.kill(this.#child.pid, 'SIGCONT');
    }
    await this.untilMember(true);
  }

  /** Waits until the process is in the group, or until it no longer is. */
  async untilMember(isMember: boolean): Promise<void> {
    await using admin = this.#options.client.admin();
    const clientId = this.#clientId;
    await whileRunning(
      [this],
      async () => {
        const [group] = await admin.describeGroups({ groupIds: [applicationId] });
        const isThere = group?.members.some((member) => member.clientId === clientId) ?? false;
        return isThere === isMember && group?.state === 'Stable' ? true : undefined;
      },
      { what: `${clientId} to ${isMember ? 'join' : 'leave'}`, timeoutMs: 180_000, everyMs: 50 },
    );
  }

  get isRunning(): boolean {
    return this.#child.isRunning;
  }

  /** @throws When the process has ended by itself, with what it said last. */
  check(): void {
    if (!this.#child.isRunning) throw new Error(`${this.#clientId} has ended\n${this.#child.tail(40)}`);
  }

  /** Closes the application and waits for its end, which must be a good one. */
  async close(): Promise<void> {
    // One that has only just been started does not know the signal yet.
    await this.#child.waitForOutput(/RUNNING/, 180_000);
    const { code } = await this.#child.end('SIGTERM');
    if (code !== 0) throw new Error(`${this.#clientId} closed with ${code}\n${this.#child.tail(40)}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child.end('SIGKILL');
  }

  /** The last that the process said, for error messages. */
  tail(): string {
    return `${this.#clientId} ${this.#child.isRunning ? 'runs' : 'has ended'}: ${this.#child.tail(20)}`;
  }

  get #clientId(): string {
    return `${this.name}-${this.#incarnation}`;
  }

  #start(): Child {
    const { bootstrap, stateDirectory, sessionTimeoutMs } = this.#options;
    this.#incarnation += 1;
    return new Child(process.execPath, [
      ...['--import', 'tsx', '--conditions=@nagare/source', program],
      ...[bootstrap, stateDirectory, this.#clientId, `${sessionTimeoutMs}`],
    ]);
  }
}

/** Waits for something that processes must bring about. @throws When one of them has ended by itself. */
export async function whileRunning<T>(
  instances: readonly Instance[],
  condition: () => Promise<T | undefined>,
  options: WaitOptions,
): Promise<void> {
  await waitFor(async () => {
    if (instances.some(({ isRunning }) => !isRunning)) return 'ended';
    return condition();
  }, options);
  for (const instance of instances) instance.check();
}
