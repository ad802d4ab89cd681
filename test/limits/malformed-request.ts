import { type Random, seededRandom } from '@nagare/base';
import { mutated, randomRequest } from '@nagare/broker/testing';
import { type Api, apis, codecOf, FrameReader, finishRequestHeader, Reader, readRequestHeader } from '@nagare/protocol';

/** Valid requests of each version of each API that mutations start from. */
const seedsEach = 4;
/** What a request may create: a partition is a folder of files, and this is not about disks. */
const partitionsMax = 4;

/** A malformed request as it goes over the wire. */
export interface Malformed {
  readonly bytes: Buffer;
  /** Whether the frame may lack its end, so that nothing can come behind it. */
  readonly isLast: boolean;
}

/** An endless row of malformed requests, the same for the same seed. */
export class MalformedRequests {
  readonly #random: Random;
  readonly #valid: readonly Buffer[];

  constructor(seed: string, served: readonly Api[]) {
    this.#random = seededRandom(seed);
    this.#valid = served.flatMap((api) => validRequests(api, this.#random));
  }

  /** The next one, with its length in front: a mutated request in 70 % of cases, in 10 % each one of three others. */
  next(): Malformed {
    const kind = this.#random.below(10);
    if (kind === 7) return framed(this.#random.bytes(this.#random.below(200)));
    if (kind === 8) return { bytes: this.#withBadLength(), isLast: true };
    if (kind === 9) return framed(this.#withHostileCount());
    // Half of the mutations leave the form sound: the content is hostile anyway.
    const request = this.#pick();
    return framed(kind % 2 === 0 ? request : mutated(request, this.#random));
  }

  #pick(): Buffer {
    return this.#valid[this.#random.below(this.#valid.length)] as Buffer;
  }

  /** Cut short, or with a length that is too long, below zero or anything. */
  #withBadLength(): Buffer {
    const request = this.#pick();
    const lengths = [request.length - 1, request.length + 1, 2 ** 31 - 1, -1, -(2 ** 31), 0, 100_000_000];
    const length = lengths[this.#random.below(lengths.length)] as number;
    const frame = frameOf(request);
    frame.writeInt32BE(length);
    return frame.subarray(0, 4 + this.#random.below(request.length + 1));
  }

  /** A sound header, and from somewhere in the body on a count that claims more than there is. */
  #withHostileCount(): Buffer {
    const request = Buffer.from(this.#pick());
    const headerBytes = Math.min(14, request.length);
    const at = headerBytes + this.#random.below(Math.max(1, request.length - headerBytes));
    const counts = [
      [0x7f, 0xff, 0xff, 0xff],
      [0xff, 0xff, 0xff, 0xff, 0x0f],
      [0xff, 0xff, 0xff, 0xff, 0x7f],
      [0x00, 0x0f, 0xff, 0xff],
    ];
    const count = counts[this.#random.below(counts.length)] as number[];
    return Buffer.concat([request.subarray(0, at), Buffer.from(count), request.subarray(at)]);
  }
}

function validRequests(api: Api, random: Random): Buffer[] {
  const requests: Buffer[] = [];
  for (let { min: version } = api.versions; version <= api.versions.max; version += 1) {
    for (let count = 0; count < seedsEach; ) {
      const request = randomRequest(api, version, random);
      if (createsMany(api, request)) continue;
      requests.push(request);
      count += 1;
    }
  }
  return requests;
}

interface Creating {
  readonly topics: readonly { readonly numPartitions?: number; readonly count?: number }[];
}

function createsMany(api: Api, request: Buffer): boolean {
  if (api !== apis.createTopics && api !== apis.createPartitions) return false;
  const reader = new Reader(request);
  const { apiVersion } = readRequestHeader(reader);
  finishRequestHeader(reader, api, apiVersion);
  const { topics } = codecOf(api.request, apiVersion).read(reader) as unknown as Creating;
  return topics.some(({ numPartitions = 0, count = 0 }) => Math.max(numPartitions, count) > partitionsMax);
}

function framed(request: Buffer): Malformed {
  return { bytes: frameOf(request), isLast: false };
}

function frameOf(request: Buffer): Buffer {
  const frame = Buffer.allocUnsafe(4 + request.length);
  frame.writeInt32BE(request.length);
  request.copy(frame, 4);
  return frame;
}

/** Counts the answers in what a broker sends, and throws for bytes that cannot be one. */
export class AnswerCounter {
  readonly #frames = new FrameReader(64 * 1024 * 1024);
  #answers = 0;

  /** The answers since it was asked last. */
  take(): number {
    const answers = this.#answers;
    this.#answers = 0;
    return answers;
  }

  push(chunk: Buffer): void {
    this.#frames.push(chunk);
    for (let frame = this.#frames.next(); frame !== undefined; frame = this.#frames.next()) {
      if (frame.length < 4) throw new RangeError(`An answer of ${frame.length} bytes has no correlation id`);
      this.#answers += 1;
    }
  }
}
