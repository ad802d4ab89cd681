import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodePlatform } from '@nagare/base/node';
import { afterAll, describe, expect, test, vi } from 'vitest';
import type { StreamsState } from '../config.ts';
import { StreamsError } from '../errors.ts';
import { type FakeWorker, FakeWorkers } from '../testing/fake-workers.ts';
import { VirtualTimers } from '../testing/virtual-timers.ts';
import { StreamsThreads } from './streams-threads.ts';
import type { StreamsThreadsConfig } from './threads-config.ts';

const { disk } = nodePlatform();
const root = mkdtempSync(join(tmpdir(), 'nagare-threads-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Waits until something holds; nothing here takes longer than a file. */
const until = (check: () => void) => vi.waitFor(check, { timeout: 15_000, interval: 1 });

function stage(config: Partial<StreamsThreadsConfig> = {}) {
  const workers = new FakeWorkers();
  const timers = new VirtualTimers();
  const states: StreamsState[] = [];
  const stateListener = (now: StreamsState) => void states.push(now);
  const all = { applicationId: 'app', brokers: 'nowhere:1', stateListener, ...config };
  const threads = new StreamsThreads('file:///app.ts', all, { workers, disk, timers });
  /** The thread that was started as the nth of all, once it is there. */
  const thread = async (nth: number): Promise<FakeWorker> => {
    await until(() => expect(workers.all.length).toBeGreaterThanOrEqual(nth));
    return workers.all[nth - 1] as FakeWorker;
  };
  return { threads, workers, timers, states, thread };
}

type Stage = ReturnType<typeof stage>;

/** Lets the threads of an application start. */
async function started(config: Partial<StreamsThreadsConfig> = {}): Promise<Stage> {
  const made = stage(config);
  const starting = made.threads.start();
  for (let nth = 1; nth <= (config.numStreamThreads ?? 1); nth += 1) (await made.thread(nth)).run();
  await starting;
  return made;
}

/** Ends threads that were told to, as they would. */
function obey({ workers }: Stage): void {
  for (const worker of workers.all) {
    if (worker.posted.some(({ type }) => type === 'close')) worker.say({ type: 'ended' });
  }
}

describe('threads of an application', () => {
  test('start one after the other for the first, and the application runs when all do', async () => {
    const { threads, workers, states, thread } = stage({ numStreamThreads: 3 });
    const starting = threads.start();
    const first = await thread(1);
    expect(workers.names).toEqual(['app-StreamThread-1']);
    first.run();
    await thread(3);
    expect(workers.names).toEqual(['app-StreamThread-1', 'app-StreamThread-2', 'app-StreamThread-3']);
    (await thread(2)).run();
    expect(threads.state).toBe('REBALANCING');
    (await thread(3)).run();
    await starting;
    expect(threads.state).toBe('RUNNING');
    expect(states.at(-1)).toBe('RUNNING');
  });

  test('have names, folders, identities and a share of the memory of their own', async () => {
    const { workers } = await started({
      numStreamThreads: 2,
      stateDir: root,
      groupInstanceId: 'here',
      statestoreCacheMaxBytes: 1_000,
      statestoreUncommittedMaxBytes: 600,
      pollMs: 7,
    });
    expect(workers.all.map(({ data }) => data.settings)).toEqual([
      {
        ...{ applicationId: 'app', brokers: 'nowhere:1', pollMs: 7 },
        ...{ clientId: 'app-StreamThread-1', stateDir: `${root}/app-StreamThread-1`, groupInstanceId: 'here-1' },
        ...{ statestoreCacheMaxBytes: 1_000, statestoreUncommittedMaxBytes: 600 },
      },
      {
        ...{ applicationId: 'app', brokers: 'nowhere:1', pollMs: 7 },
        ...{ clientId: 'app-StreamThread-2', stateDir: `${root}/app-StreamThread-2`, groupInstanceId: 'here-2' },
        ...{ statestoreCacheMaxBytes: 500, statestoreUncommittedMaxBytes: 300 },
      },
    ]);
    const limits = { cacheBytesMax: 500, uncommittedBytesMax: 300 };
    expect(workers.all[0]?.posted).toEqual([{ type: 'limits', limits }]);
    expect(workers.all[1]?.posted).toEqual([]);
  });

  test('are added and removed while it runs, and a number comes again', async () => {
    const on = await started({ numStreamThreads: 2, statestoreCacheMaxBytes: 1_200 });
    const { threads, thread, workers } = on;
    const adding = threads.addStreamThread();
    (await thread(3)).run();
    expect(await adding).toBe('app-StreamThread-3');
    const removing = threads.removeStreamThread({ timeoutMs: 5 });
    expect(workers.all[2]?.posted).toEqual([{ type: 'close', options: { timeoutMs: 5, leaveGroup: true } }]);
    obey(on);
    expect(await removing).toBe('app-StreamThread-3');
    expect(threads.state).toBe('RUNNING');
    const shares = workers.all[0]?.posted.map((message) => message.type === 'limits' && message.limits.cacheBytesMax);
    expect(shares).toEqual([600, 400, 600]);
    const again = threads.addStreamThread();
    (await thread(4)).run();
    expect(await again).toBe('app-StreamThread-3');
  });

  test('can all be removed, which leaves an application that runs and does nothing', async () => {
    const on = await started();
    const removing = on.threads.removeStreamThread();
    obey(on);
    await removing;
    expect(await on.threads.removeStreamThread()).toBeUndefined();
    expect(on.threads.state).toBe('RUNNING');
  });

  test('pause together, with those that come meanwhile', async () => {
    const { threads, thread, workers } = await started();
    threads.pause();
    void threads.addStreamThread();
    await thread(2);
    expect(threads.isPaused).toBe(true);
    threads.resume();
    const heard = workers.all.map(({ posted }) => posted.map(({ type }) => type).filter((type) => type !== 'limits'));
    expect(heard).toEqual([
      ['pause', 'resume'],
      ['pause', 'resume'],
    ]);
  });

  test('leave a folder to the process that has it, and take the next one', async () => {
    const lock = await disk.lock(`${root}/other-StreamThread-1.lock`);
    const on = await started({ applicationId: 'other', numStreamThreads: 2, stateDir: root });
    expect(on.workers.names).toEqual(['other-StreamThread-2', 'other-StreamThread-3']);
    await lock.release();
    const adding = on.threads.addStreamThread();
    (await on.thread(3)).run();
    expect(await adding).toBe('other-StreamThread-1');
  });

  test('tell what they have, and one that does not answer what it had', async () => {
    const { threads, timers, thread } = await started({ numStreamThreads: 2 });
    const telling = threads.metadataForLocalThreads();
    const tasks = { active: ['0_1'], standby: ['0_2'], server: 'here:80' };
    (await thread(1)).say({ type: 'tasks', tasks });
    timers.advance(1_000);
    const at = { threadName: 'app-StreamThread-1', threadState: 'RUNNING', server: 'here:80' };
    const silent = { threadName: 'app-StreamThread-2', threadState: 'RUNNING', server: undefined };
    expect(await telling).toEqual([
      { ...at, activeTasks: ['0_1'], standbyTasks: ['0_2'] },
      { ...silent, activeTasks: [], standbyTasks: [] },
    ]);
  });
});

describe('a thread that fails', () => {
  const failure = new StreamsError('NAGARE_STREAMS_USER_FUNCTION', 'in node 1');

  test('ends the application, unless its handler decides otherwise', async () => {
    const on = await started({ numStreamThreads: 2 });
    on.workers.all[0]?.fail(failure);
    await until(() => expect(on.threads.state).toBe('PENDING_ERROR'));
    obey(on);
    const ended = { code: 'NAGARE_STREAMS_THREAD_FAILED', cause: { code: 'NAGARE_STREAMS_USER_FUNCTION' } };
    await expect(on.threads.finished).rejects.toMatchObject(ended);
    expect(on.threads.state).toBe('ERROR');
  });

  test('is replaced by one with its number when the handler says so, as often as it takes', async () => {
    const asked: unknown[] = [];
    const on = await started({
      numStreamThreads: 2,
      uncaughtExceptionHandler: (error, { name }) => {
        asked.push([name, (error.cause as { code?: string }).code]);
        return 'replace-thread';
      },
    });
    on.workers.all[0]?.fail(failure);
    await until(() => expect(asked).toHaveLength(1));
    expect(on.threads.state).toBe('REBALANCING');
    on.timers.advance(500);
    (await on.thread(3)).fail(failure);
    await until(() => expect(asked).toHaveLength(2));
    on.timers.advance(500);
    (await on.thread(4)).run();
    await until(() => expect(on.threads.state).toBe('RUNNING'));
    expect(on.workers.names.slice(2)).toEqual(['app-StreamThread-1', 'app-StreamThread-1']);
    expect(asked[0]).toEqual(['app-StreamThread-1', 'NAGARE_STREAMS_USER_FUNCTION']);
  });

  test.each([undefined, new Error('out of memory')])('may say nothing before it is gone: %s', async (error) => {
    const on = await started();
    on.workers.all[0]?.end(error);
    const message = error === undefined ? /ended without being told to/ : /out of memory/;
    await expect(on.threads.finished).rejects.toThrow(message);
  });

  test('has a handler that fails itself: the application ends', async () => {
    const uncaughtExceptionHandler = () => {
      throw new Error('no idea');
    };
    const on = await started({ uncaughtExceptionHandler });
    on.workers.all[0]?.fail(failure);
    await expect(on.threads.finished).rejects.toMatchObject({ code: 'NAGARE_STREAMS_THREAD_FAILED' });
  });

  test('before it has started, fails the start', async () => {
    const { threads, workers, thread } = stage({ numStreamThreads: 2, uncaughtExceptionHandler: 'replace-thread' });
    const starting = threads.start();
    (await thread(1)).fail(new StreamsError('NAGARE_STREAMS_TOPIC_MISSING', 'in'));
    await expect(starting).rejects.toMatchObject({ cause: { code: 'NAGARE_STREAMS_TOPIC_MISSING' } });
    expect(threads.state).toBe('ERROR');
    expect(workers.all).toHaveLength(1);
  });

  test('while it is added is told to whoever adds it, and the others go on', async () => {
    const on = await started({ uncaughtExceptionHandler: 'shutdown-client' });
    const adding = on.threads.addStreamThread();
    (await on.thread(2)).fail(failure);
    await expect(adding).rejects.toMatchObject({ code: 'NAGARE_STREAMS_THREAD_FAILED' });
    expect(on.threads.state).toBe('RUNNING');
  });

  test('while it is removed is gone all the same', async () => {
    const on = await started({ numStreamThreads: 2 });
    const removing = on.threads.removeStreamThread();
    on.workers.all[1]?.fail(failure);
    expect(await removing).toBe('app-StreamThread-2');
    expect(on.threads.state).toBe('RUNNING');
  });
});

describe('closing', () => {
  test('has all threads end, and then the application has', async () => {
    const on = await started({ numStreamThreads: 2 });
    const closing = on.threads.close({ timeoutMs: 9 });
    const told = on.workers.all.map(({ posted }) => posted.at(-1));
    expect(told).toEqual([0, 1].map(() => ({ type: 'close', options: { timeoutMs: 9, leaveGroup: false } })));
    expect(on.threads.state).toBe('PENDING_SHUTDOWN');
    obey(on);
    await closing;
    await on.threads.finished;
    expect(on.states.slice(-2)).toEqual(['PENDING_SHUTDOWN', 'NOT_RUNNING']);
    await expect(on.threads.addStreamThread()).rejects.toMatchObject({ code: 'NAGARE_STREAMS_NOT_RUNNING' });
  });

  test('ends a thread in the middle of what it does when that takes too long', async () => {
    const on = await started();
    const closing = on.threads.close({ timeoutMs: 1_000 });
    on.timers.advance(10_999);
    expect(on.threads.state).toBe('PENDING_SHUTDOWN');
    on.timers.advance(1);
    await closing;
    expect(on.threads.state).toBe('NOT_RUNNING');
  });

  test('ends a thread that is still starting, and the start with it', async () => {
    const on = stage();
    const starting = on.threads.start();
    await on.thread(1);
    const closing = on.threads.close();
    obey(on);
    await expect(starting).rejects.toMatchObject({ code: 'NAGARE_STREAMS_NOT_RUNNING' });
    await closing;
    expect(on.threads.state).toBe('NOT_RUNNING');
  });

  test('works before the start', async () => {
    const { threads } = stage();
    await threads.close();
    await expect(threads.start()).rejects.toMatchObject({ code: 'NAGARE_STREAMS_NOT_RUNNING' });
  });

  test('leaves the folders of threads, which cleanUp() removes', async () => {
    const on = stage({ applicationId: 'cleaned', stateDir: root });
    for (const name of ['cleaned-StreamThread-2', 'cleaned-StreamThread-x', 'kept-StreamThread-1']) {
      await disk.makeDirectory(`${root}/${name}`);
    }
    await on.threads.cleanUp();
    expect((await disk.list(root)).filter((name) => /^(cleaned|kept)/.test(name))).toEqual([
      'cleaned-StreamThread-x',
      'kept-StreamThread-1',
    ]);
  });
});

describe('a configuration of threads', () => {
  test.each<[object, RegExp]>([
    [{ processingExceptionHandler: () => 'fail' }, /processingExceptionHandler must be in the module/],
    [{ client: {} }, /client must be in the module/],
    [{ stateRestoreListener: {} }, /stateRestoreListener must be in the module/],
    [{ applicationServer: 'here:80' }, /applicationServer must be in the module/],
    [{ uncaughtExceptionHandler: 'continue' }, /must be one of replace-thread, shutdown-client/],
    [{ numStreamThreads: 0 }, /numStreamThreads must be a whole number of 1 or more/],
    [{ applicationId: 'a/b' }, /applicationId/],
    [{ 'num.stream.thread': 2 }, /did you mean num.stream.threads/],
  ])('is refused when it cannot work: %j', (config, message) => {
    expect(() => stage(config)).toThrow(message);
  });

  test('may have the names of Kafka', async () => {
    const { threads, thread, workers } = stage({ 'num.stream.threads': 2, 'commit.interval.ms': 5 } as object);
    void threads.start();
    (await thread(1)).run();
    await thread(2);
    expect(workers.all[1]?.data.settings).toMatchObject({ commitIntervalMs: 5 });
  });
});
