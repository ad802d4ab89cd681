import { type Random, seededRandom } from '@nagare/base';
import { mutated, randomRequest } from '@nagare/broker/testing';
import {
  type Api,
  apis,
  codecOf,
  FrameReader,
  finishRequestHeader,
  hasVersion,
  ProtocolError,
  Reader,
  readRequestHeader,
  Writer,
  writeRequestHeader,
} from '@nagare/protocol';

/** Valid requests of each version of each API that damage starts from. */
const seedsEach = 12;
/** Topics that are there to be asked for. */
export const hitTopics: readonly string[] = ['orders', 'table'];
/** Where the correlation id stands in a frame with its length in front. */
const correlationAt = 8;
/** As the broker bounds it. */
const elementsMax = 250_000;

/** Requests with their lengths in front, by what a broker has to do about them. */
export interface MalformedPool {
  /** Sound in form, of each version of each API, with values that no client sends: answered, most often with an error. */
  readonly nonsense: readonly Buffer[];
  /** Valid requests of which bytes were changed, taken away or put in, and that cannot be read any more. */
  readonly damaged: readonly Buffer[];
  /** Random bytes. */
  readonly random: readonly Buffer[];
  /** With a sound header, and from somewhere in the body on a count that claims more than there is. */
  readonly counts: readonly Buffer[];
  /** Cut short, or with a length that is too long, below zero or anything: what comes behind is never read. */
  readonly lengths: readonly Buffer[];
}

/** Makes malformed requests, the same for the same seed. */
export function malformedPool(seed: string, served: readonly Api[], each: number): MalformedPool {
  const random = seededRandom(seed);
  const sound = served.flatMap((api) => soundRequests(api, random));
  const pick = () => sound[random.below(sound.length)] as Buffer;
  const apiOf = new Map(served.map((api) => [api.key, api]));
  const refused = (make: () => Buffer) => frames(each, () => unreadable(make, apiOf));
  return {
    nonsense: sound.map(frameOf),
    damaged: refused(() => mutated(pick(), random)),
    random: refused(() => random.bytes(random.below(200))),
    counts: refused(() => withHostileCount(pick(), random)),
    lengths: Array.from({ length: each }, () => withBadLength(pick(), random)),
  };
}

function frames(count: number, make: () => Buffer): Buffer[] {
  return Array.from({ length: count }, () => frameOf(make()));
}

/** Some damage leaves a request sound: such a one is made again. */
function unreadable(make: () => Buffer, apiOf: ReadonlyMap<number, Api>): Buffer {
  for (;;) {
    const request = make();
    if (!isReadable(request, apiOf)) return request;
  }
}

function isReadable(request: Buffer, apiOf: ReadonlyMap<number, Api>): boolean {
  const reader = new Reader(request);
  reader.elementsLeft = elementsMax;
  try {
    const { apiKey, apiVersion } = readRequestHeader(reader);
    const api = apiOf.get(apiKey);
    if (api === undefined) return false;
    // Of a version that it does not know, ApiVersions is answered all the same.
    if (!hasVersion(api.versions, apiVersion)) return api === apis.apiVersions;
    finishRequestHeader(reader, api, apiVersion);
    codecOf(api.request, apiVersion).read(reader);
    return true;
  } catch (error) {
    if (error instanceof ProtocolError) return false;
    throw error;
  }
}

function withBadLength(request: Buffer, random: Random): Buffer {
  const lengths = [request.length - 1, request.length + 1, 2 ** 31 - 1, -1, -(2 ** 31), 0, 100_000_000];
  const frame = frameOf(request);
  frame.writeInt32BE(lengths[random.below(lengths.length)] as number);
  return frame.subarray(0, 4 + random.below(request.length + 1));
}

function withHostileCount(request: Buffer, random: Random): Buffer {
  const headerBytes = Math.min(14, request.length);
  const at = headerBytes + random.below(Math.max(1, request.length - headerBytes));
  const counts = [
    [0x7f, 0xff, 0xff, 0xff],
    [0xff, 0xff, 0xff, 0xff, 0x0f],
    [0xff, 0xff, 0xff, 0xff, 0x7f],
    [0x00, 0x0f, 0xff, 0xff],
  ];
  const count = counts[random.below(counts.length)] as number[];
  return Buffer.concat([request.subarray(0, at), Buffer.from(count), request.subarray(at)]);
}

function soundRequests(api: Api, random: Random): Buffer[] {
  const requests: Buffer[] = [];
  for (let { min: version } = api.versions; version <= api.versions.max; version += 1) {
    for (let count = 0; count < seedsEach; ) {
      const request = harmless(api, version, randomRequest(api, version, random));
      if (request === undefined) continue;
      requests.push(request);
      count += 1;
    }
  }
  return requests;
}

interface Told {
  acks?: number;
  maxWaitMs?: number;
  validateOnly?: boolean;
  allowAutoTopicCreation?: boolean;
  readonly topics?: readonly { readonly name?: string }[] | null;
  readonly topicNames?: readonly string[];
}

/** The request, made such that its answer comes at once, and that it creates nothing; undefined when it would delete what others use. */
function harmless(api: Api, version: number, request: Buffer): Buffer | undefined {
  const reader = new Reader(request);
  const header = readRequestHeader(reader);
  finishRequestHeader(reader, api, version);
  const codec = codecOf(api.request, version);
  const body = codec.read(reader) as unknown as Told;
  if (body.acks === 0) body.acks = 1;
  if (body.maxWaitMs !== undefined) body.maxWaitMs = 0;
  if (body.validateOnly !== undefined) body.validateOnly = true;
  if (body.allowAutoTopicCreation !== undefined) body.allowAutoTopicCreation = false;
  const deleted = [...(body.topicNames ?? []), ...(body.topics ?? []).map(({ name }) => name)];
  if (api === apis.deleteTopics && deleted.some((name) => hitTopics.includes(name ?? ''))) return undefined;
  const writer = new Writer();
  writeRequestHeader(writer, api, header);
  codec.write(writer, body as never);
  return Buffer.concat(writer.chunks());
}

function frameOf(request: Buffer): Buffer {
  const frame = Buffer.allocUnsafe(4 + request.length);
  frame.writeInt32BE(request.length);
  request.copy(frame, 4);
  return frame;
}

/** Puts requests behind each other and numbers them by their places. */
export function numbered(requests: readonly Buffer[]): Buffer {
  const bytes = Buffer.concat(requests);
  let at = 0;
  for (const [index, { length }] of requests.entries()) {
    if (length >= correlationAt + 4) bytes.writeInt32BE(index, at + correlationAt);
    at += length;
  }
  return bytes;
}

/** Counts the answers to numbered requests in what a broker sends, and throws for bytes that cannot be one. */
export class AnswerCounter {
  readonly #frames = new FrameReader(64 * 1024 * 1024);
  answers = 0;

  push(chunk: Buffer): void {
    this.#frames.push(chunk);
    for (let frame = this.#frames.next(); frame !== undefined; frame = this.#frames.next()) {
      if (frame.length < 4) throw new RangeError(`An answer of ${frame.length} bytes has no correlation id`);
      const id = frame.readInt32BE(0);
      if (id !== this.answers) throw new RangeError(`The answer to request ${this.answers} says that it is to ${id}`);
      this.answers += 1;
    }
  }
}
