import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { nodeWorkers } from './worker-threads.ts';

const script = (code: string) => new URL(`data:text/javascript,${encodeURIComponent(code)}`);

const typescript = new URL('worker-threads.fixture.ts', import.meta.url);
/** A module that is compiled, and loads one that is not. */
const loading = script(`
  import { workerData } from 'node:worker_threads';
  await workerData.load(${JSON.stringify(typescript.href)});`);

/** Runs a module in a thread until that ends. `next` waits for what it says. */
function run(module: URL, options: { readonly data?: unknown; readonly execArgv?: readonly string[] } = {}) {
  const said: unknown[] = [];
  const waiting: (() => void)[] = [];
  let onEnd: (error: unknown) => void = () => undefined;
  const ended = new Promise<unknown>((resolve) => {
    onEnd = resolve;
  });
  const onMessage = (message: unknown) => {
    said.push(message);
    for (const wake of waiting.splice(0)) wake();
  };
  const worker = nodeWorkers.start({
    module,
    data: undefined,
    name: 'test',
    execArgv: [],
    onMessage,
    onEnd,
    ...options,
  });
  const next = () => new Promise<void>((resolve) => void waiting.push(resolve));
  return { worker, said, ended, next };
}

test('a thread runs a module with what it was given, and answers until it is ended', async () => {
  const echo = `
    import { parentPort, workerData } from 'node:worker_threads';
    parentPort.on('message', (message) => parentPort.postMessage([workerData.data, message]));`;
  const { worker, said, ended, next } = run(script(echo), { data: { is: 'given' } });
  const answered = next();
  worker.post('before it listens');
  await answered;
  expect(said).toEqual([[{ is: 'given' }, 'before it listens']]);
  worker.terminate();
  expect(await ended).toBeUndefined();
});

test('a thread can be ended in the middle of a loop', async () => {
  const loop = `
    import { parentPort } from 'node:worker_threads';
    parentPort.postMessage('looping');
    for (;;);`;
  const { worker, ended, next } = run(script(loop));
  await next();
  worker.terminate();
  expect(await ended).toBeUndefined();
});

test.each([
  ['throws while it is loaded', `throw Object.assign(new Error('of no use'), { code: 'E_USE' })`],
  ['throws later', `setImmediate(() => { throw Object.assign(new Error('of no use'), { code: 'E_USE' }); })`],
])('a thread that %s tells with what', async (_when, code) => {
  expect(await run(script(code)).ended).toMatchObject({ message: 'of no use', code: 'E_USE' });
});

test('a thread that ends by itself tells nothing', async () => {
  expect(await run(script('process.exit(3)')).ended).toBeUndefined();
});

test.each(['tsx', pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href])(
  'modules of TypeScript are loaded where the program is run by %s',
  { timeout: 120_000 },
  async (loader) => {
    const { said, ended } = run(typescript, { execArgv: ['--import', loader], data: 7 });
    expect(await ended).toBeUndefined();
    expect(said).toEqual([{ data: 7 }]);
    const compiled = run(loading, { execArgv: ['--import', loader], data: 8 });
    expect(await compiled.ended).toBeUndefined();
    expect(compiled.said).toEqual([{ data: 8 }]);
  },
);
