import type { WorkerSelf } from '@nagare/base';
import { nodePlatform } from '@nagare/base/node';
import type { StreamsConfig } from '../config.ts';
import { memoryLimits, queries, Streams } from '../streams.ts';
import type { FromThread, ThreadClose, ThreadData, ThreadTasks, ToThread } from './messages.ts';
import { withOwnLocks } from './own-locks.ts';
import { plainError } from './plain-error.ts';
import { readModule, type StreamsThreadModule } from './thread-module.ts';

/** Runs an application in a thread until it is told to end; whoever started the thread ends it when it says that it has. */
export async function runThread(self: WorkerSelf): Promise<void> {
  const post = (message: FromThread) => self.post(message);
  try {
    await new HostedStreams(self, post).run();
    post({ type: 'ended' });
  } catch (error) {
    post({ type: 'failed', error: plainError(error) });
  }
}

class HostedStreams {
  readonly #self: WorkerSelf;
  readonly #post: (message: FromThread) => void;
  readonly #early: ToThread[] = [];
  #streams: Streams | undefined;
  #isClosing = false;

  constructor(self: WorkerSelf, post: (message: FromThread) => void) {
    this.#self = self;
    this.#post = post;
    self.listen((message) => this.#hear(message as ToThread));
  }

  async run(): Promise<void> {
    const streams = await this.#open();
    this.#streams = streams;
    for (const message of this.#early) this.#obey(streams, message);
    if (!this.#isClosing) {
      await streams.start();
      this.#post({ type: 'started' });
    }
    await streams.finished;
  }

  async #open(): Promise<Streams> {
    const { module, thread, settings: given } = this.#self.data as ThreadData;
    const loaded = (await this.#self.load(module)) as Partial<StreamsThreadModule>;
    const { topology, settings, beforeStart } = await readModule(loaded, thread);
    const streams = new Streams(topology, this.#config({ ...given, ...settings }));
    await beforeStart(streams, thread);
    return streams;
  }

  #config(settings: Partial<StreamsConfig>): StreamsConfig {
    const { applicationId = '', platform = nodePlatform(), stateListener } = settings;
    const tell: NonNullable<StreamsConfig['stateListener']> = (now, before) => {
      this.#post({ type: 'state', state: now });
      stateListener?.(now, before);
    };
    const ownPlatform = { ...platform, disk: withOwnLocks(platform.disk) };
    return { ...settings, applicationId, platform: ownPlatform, stateListener: tell };
  }

  #hear(message: ToThread): void {
    if (this.#streams === undefined) this.#early.push(message);
    else this.#obey(this.#streams, message);
  }

  #obey(streams: Streams, message: ToThread): void {
    switch (message.type) {
      case 'close':
        this.#close(streams, message.options);
        return;
      case 'limits':
        streams[memoryLimits] = message.limits;
        return;
      case 'pause':
        streams.pause();
        return;
      case 'resume':
        streams.resume();
        return;
      case 'describe':
        this.#post({ type: 'tasks', tasks: tasksOf(streams) });
        return;
    }
  }

  #close(streams: Streams, options: ThreadClose): void {
    this.#isClosing = true;
    // How it ends is told by its state.
    streams.close(options).catch(() => undefined);
  }
}

function tasksOf(streams: Streams): ThreadTasks {
  return { active: streams.tasks, standby: [...streams.standbyTasks.keys()], server: streams[queries].server };
}
