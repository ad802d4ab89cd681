import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { type Api, codecOf, FrameReader, finishResponseHeader, Reader, readRequestHeader } from '@nagare/protocol';
import { numbered } from './malformed-request.ts';

/** What is not answered for so long waits for something, and is no use where many are sent. */
const answeredWithinMs = 2_000;

/** Of framed requests, those that a broker answers with an error at once, found out by asking it. */
export async function answeredWithErrors(
  bootstrap: string,
  requests: readonly Buffer[],
  served: readonly Api[],
): Promise<Buffer[]> {
  const found: Buffer[] = [];
  for (const api of served) {
    const own = requests.filter((request) => request.readInt16BE(4) === api.key);
    const answers = await ask(bootstrap, own);
    found.push(...own.filter((request, index) => hasError(api, request, answers[index])));
  }
  return found;
}

/** The answers in the order of the requests: fewer than these when one waits or ends the connection. */
async function ask(bootstrap: string, requests: readonly Buffer[]): Promise<Buffer[]> {
  const [host = '', port = ''] = bootstrap.split(':');
  const socket = connect({ host, port: Number(port), noDelay: true });
  const frames = new FrameReader(64 * 1024 * 1024);
  const answers: Buffer[] = [];
  const ended = new Promise<void>((resolve) => {
    socket.on('error', () => {});
    socket.on('close', () => resolve());
    socket.on('data', (chunk) => {
      frames.push(chunk);
      for (let frame = frames.next(); frame !== undefined; frame = frames.next()) answers.push(Buffer.from(frame));
      if (answers.length === requests.length) resolve();
    });
  });
  socket.write(numbered(requests));
  await Promise.race([ended, delay(answeredWithinMs)]);
  socket.destroy();
  return answers;
}

function hasError(api: Api, request: Buffer, answer: Buffer | undefined): boolean {
  if (answer === undefined) return false;
  const { apiVersion } = readRequestHeader(new Reader(request.subarray(4)));
  const reader = new Reader(answer);
  reader.int32(); // The correlation id.
  finishResponseHeader(reader, api, apiVersion);
  return holdsError(codecOf(api.response, apiVersion).read(reader));
}

function holdsError(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return false;
  return Object.entries(value).some(([name, each]) => (name === 'errorCode' && each !== 0) || holdsError(each));
}
