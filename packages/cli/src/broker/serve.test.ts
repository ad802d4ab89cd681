import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createBroker } from '@nagare/broker';
import { afterAll, describe, expect, test } from 'vitest';
import { NagareProcess } from '../test-process.ts';

const scratch = mkdtempSync(join(tmpdir(), 'nagare-cli-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

async function connected(address: string) {
  const [host = '', port] = address.split(':');
  const socket = connect({ host, port: Number(port) });
  await once(socket, 'connect');
  return socket.on('error', () => {});
}

// Processes start slowly on a busy machine.
const options = { timeout: 60_000 };

describe.concurrent('a broker', options, () => {
  test('prints one line when clients can connect, is silent otherwise, and ends in order on SIGTERM', async () => {
    const directory = join(scratch, 'term');
    await using broker = new NagareProcess(['broker', '--listen', '127.0.0.1:0', '--data', directory]);
    const address = await broker.ready();
    const socket = await connected(address);
    broker.kill('SIGTERM');
    expect(await broker.ended).toEqual({ code: 0, stdout: `nagare broker listening on ${address}\n`, stderr: '' });
    socket.destroy();
    expect(existsSync(join(directory, '.kafka_cleanshutdown'))).toBe(true);
  });

  test('ends in order on SIGINT too, without files when told so, and logs JSON when asked', async () => {
    const args = ['broker', '--listen', '127.0.0.1:0', '--memory'];
    await using broker = new NagareProcess(args, { env: { LOG_LEVEL: 'info' } });
    await broker.ready();
    broker.kill('SIGINT');
    const { code, stderr } = await broker.ended;
    expect(code).toBe(0);
    const events = stderr.trim().split('\n');
    const stopping = { name: 'nagare', msg: 'broker.stopping', signal: 'SIGINT' };
    expect(events.map((line) => JSON.parse(line))).toContainEqual(expect.objectContaining(stopping));
    expect(existsSync('nagare-data')).toBe(false);
  });

  test('ends at once on a second signal', async () => {
    await using broker = new NagareProcess(['broker', '--listen', '127.0.0.1:0', '--memory']);
    await broker.ready();
    // Both wait for the process to go on, so that the second one comes before the broker has stopped.
    await broker.suspend();
    broker.kill('SIGTERM');
    broker.kill('SIGINT');
    broker.kill('SIGCONT');
    expect([128 + 2, 128 + 15]).toContain((await broker.ended).code);
  });
});

describe.concurrent('a broker that cannot start says so in one line and ends with 2', options, () => {
  const refusal = async (args: readonly string[], env: Readonly<Record<string, string>> = {}) => {
    await using broker = new NagareProcess(['broker', ...args], { env });
    return await broker.ended;
  };

  test('when the port is taken', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const stderr = `nagare: Another process listens on the port (${address}) [NAGARE_BROKER_PORT_IN_USE]\n`;
    expect(await refusal(['--listen', address, '--memory'])).toEqual({ code: 2, stdout: '', stderr });
    server.close();
  });

  test('when another broker has the folder', async () => {
    const directory = join(scratch, 'held');
    await using _holder = await createBroker({ directory });
    const stderr = `nagare: Another process uses the data directory (${directory}) [NAGARE_BROKER_DIRECTORY_LOCKED]\n`;
    const args = ['--listen', '127.0.0.1:0', '--data', directory];
    expect(await refusal(args)).toEqual({ code: 2, stdout: '', stderr });
  });

  test('when a variable holds a bad value, which the file had right', async () => {
    const config = join(scratch, 'server.properties');
    writeFileSync(config, 'num.partitions=3\n');
    const { code, stdout, stderr } = await refusal(['--memory', '--config', config], { KAFKA_NUM_PARTITIONS: 'many' });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^nagare: .*KAFKA_NUM_PARTITIONS\) \[NAGARE_BROKER_SETTING_INVALID\]\n$/);
  });
});
