import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { type Api, codecOf, FrameReader, finishResponseHeader, Reader, readRequestHeader } from '@nagare/protocol';
import { numbered } from './malformed-request.ts';

/** What is not answered for so long waits for something, and is no use where many are sent. */
const answeredWithinMs = 5_000;

/** Of framed requests, those that a broker answers at once and with errors alone, found out by asking it. */
export async function answeredWithErrors(
  bootstrap: string,
  requests: readonly Buffer[],
  served: readonly Api[],
): Promise<Buffer[]> {
  const found = served.map(async (api) => {
    const own = requests.filter((request) => request.readInt16BE(4) === api.key);
    const answers = await ask(bootstrap, own);
    return own.filter((request, index) => hasError(api, request, answers[index]));
  });
  return (await Promise.all(found)).flat();
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
  const codes = codesIn(codecOf(api.response, apiVersion).read(reader));
  return codes.length > 0 && codes.every((code) => code !== 0);
}

/** The error codes in an answer: of what stands deepest, because what is around it has no fault of its own. */
function codesIn(value: unknown): number[] {
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return [];
  const within = Object.values(value).flatMap(codesIn);
  return within.length > 0 || !('errorCode' in value) ? within : [value.errorCode as number];
}
