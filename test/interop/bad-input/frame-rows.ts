import { type Api, apis } from '@nagare/protocol';
import { timeoutMs } from '../admin-answers/row.ts';
import { batch, lying } from './batch.ts';
import { type Frame, framed, requestOf } from './frame.ts';

const metadata = requestOf(apis.metadata, 5, { topics: [{ name: 'nope' }], allowAutoTopicCreation: false });
const flexible = requestOf(apis.metadata, 12, { topics: [{ name: 'nope' }], allowAutoTopicCreation: false });
const versions = requestOf(apis.apiVersions, 3, { clientSoftwareName: 'x', clientSoftwareVersion: '1' });
const bytesMax = 104_857_600;

function frame(name: string, bytes: Buffer, api: Api = apis.metadata, version = 5): Frame {
  return { name: `frame: ${name}`, bytes, api, version };
}

/** A header without anything behind it. */
function header(key: number, version: number, client: Buffer = Buffer.from([0xff, 0xff])): Buffer {
  const start = Buffer.alloc(8);
  start.writeInt16BE(key, 0);
  start.writeInt16BE(version, 2);
  start.writeInt32BE(7, 4);
  return Buffer.concat([start, client]);
}

/** A copy with other bytes from `at` on. */
function changed(of: Buffer, at: number, ...bytes: readonly number[]): Buffer {
  const copy = Buffer.from(of);
  Buffer.from(bytes).copy(copy, at < 0 ? copy.length + at : at);
  return copy;
}

const join = (...parts: readonly (Buffer | readonly number[])[]) =>
  Buffer.concat(parts.map((each) => Buffer.from(each)));

const lengths: readonly Frame[] = [
  frame('a length of -1', framed(metadata, -1)),
  frame('the smallest length', framed(metadata, -(2 ** 31))),
  frame('a length of 0', framed(Buffer.alloc(0))),
  frame('a length beyond what is taken', framed(metadata, bytesMax + 1)),
  frame('the greatest length', framed(metadata, 2 ** 31 - 1)),
  ...[1, 3, 4, 7, 8, 9].map((bytes) => frame(`${bytes} bytes`, framed(metadata.subarray(0, bytes)))),
  frame('text', Buffer.from('GET / HTTP/1.1\r\n\r\n')),
];

const headers: readonly Frame[] = [
  ...[-1, 4, 99, 32_767].map((key) => frame(`key ${key}`, framed(header(key, 0)))),
  ...[-1, 14, 999].map((version) => frame(`Metadata v${version}`, framed(header(3, version)))),
  ...[-1, 0, 2, 14].map((version) => frame(`Produce v${version}`, framed(header(0, version)))),
  ...[0, 3, 19].map((version) => frame(`Fetch v${version}`, framed(header(1, version)))),
  ...[0, 12].map((version) => frame(`ListOffsets v${version}`, framed(header(2, version)))),
  frame('a client id of length -2', framed(header(3, 5, Buffer.from([0xff, 0xfe])))),
  frame('a client id beyond the end', framed(header(3, 5, Buffer.from([0, 90, 1])))),
  frame('no tags in a flexible header', framed(header(3, 12))),
  frame(
    'a client id that is no UTF-8',
    framed(join(header(3, 5, Buffer.from([0, 2, 0xc3, 0x28])), metadata.subarray(15))),
  ),
  frame('no client id', framed(join(header(3, 5), metadata.subarray(15)))),
];

const apiVersions: readonly Frame[] = [
  ...[6, 9, 999, -1].map((version) =>
    frame(`ApiVersions v${version}`, framed(join(header(18, version), [0])), apis.apiVersions, 0),
  ),
  frame('ApiVersions v0 with a body', framed(join(header(18, 0), [1, 2, 3])), apis.apiVersions, 0),
  frame('ApiVersions v3 without a body', framed(header(18, 3)), apis.apiVersions, 3),
  frame('ApiVersions v3', framed(versions), apis.apiVersions, 3),
  ...['', ' ', '-x', 'a b', 'é', 'x'.repeat(300), 'a.b-c', 'x-'].flatMap((name) => [
    frame(`a client named "${name.slice(0, 9)}"`, framed(clientOf(name, '1')), apis.apiVersions, 3),
    frame(`a client of version "${name.slice(0, 9)}"`, framed(clientOf('x', name)), apis.apiVersions, 3),
  ]),
];

function clientOf(clientSoftwareName: string, clientSoftwareVersion: string): Buffer {
  return requestOf(apis.apiVersions, 3, { clientSoftwareName, clientSoftwareVersion });
}

// The body of a Metadata request of version 5 begins at 15: count, length of the name, name, a flag.
const bodies: readonly Frame[] = [
  frame('bytes behind the end', framed(join(metadata, [1, 2, 3]))),
  frame('bytes behind the end of a flexible request', framed(join(flexible, [1, 2, 3])), apis.metadata, 12),
  frame('a body that is cut short', framed(metadata.subarray(0, -1))),
  frame('no body', framed(metadata.subarray(0, 15))),
  frame('a count of -1', framed(changed(metadata, 15, 255, 255, 255, 255).subarray(0, 20))),
  frame('a count of -2', framed(changed(metadata, 15, 255, 255, 255, 254))),
  frame('a count beyond the end', framed(changed(metadata, 15, 0, 1, 0, 0))),
  frame('the greatest count', framed(changed(metadata, 15, 127, 255, 255, 255))),
  frame('a name of length -1', framed(changed(metadata, 19, 255, 255))),
  frame('a name of length -2', framed(changed(metadata, 19, 255, 254))),
  frame('a name beyond the end', framed(changed(metadata, 19, 0, 90))),
  frame('a name that is no UTF-8', framed(changed(metadata, 21, 0xc3, 0x28, 0xff, 0xfe))),
  frame('two requests, of which the second is none', join(framed(metadata), framed(Buffer.alloc(3)))),
];

// The header of a flexible request ends at 15 with its tags, and its body with tags of its own.
const tags: readonly Frame[] = [
  frame('an unknown tag', framed(join(flexible.subarray(0, -1), [1, 90, 2, 5, 5])), apis.metadata, 12),
  frame(
    'an unknown tag of the header',
    framed(join(flexible.subarray(0, 15), [1, 90, 2, 5, 5], flexible.subarray(16))),
    apis.metadata,
    12,
  ),
  frame('tags that are not there', framed(changed(flexible, -1, 5)), apis.metadata, 12),
  frame('a tag beyond the end', framed(join(flexible.subarray(0, -1), [1, 90, 99, 5])), apis.metadata, 12),
  frame('a tag twice', framed(join(flexible.subarray(0, -1), [2, 90, 1, 5, 90, 1, 5])), apis.metadata, 12),
  frame('tags out of order', framed(join(flexible.subarray(0, -1), [2, 91, 1, 5, 90, 1, 5])), apis.metadata, 12),
  frame('too many tags', framed(join(flexible.subarray(0, -1), [0xff, 0xff, 0xff, 0xff, 7])), apis.metadata, 12),
  frame(
    'a varint of six bytes',
    framed(join(flexible.subarray(0, -1), [0xff, 0xff, 0xff, 0xff, 0xff, 1])),
    apis.metadata,
    12,
  ),
  frame('a compact count beyond the end', framed(changed(flexible, 16, 99)), apis.metadata, 12),
];

const produced = (records: Buffer, more: { acks: number; name?: string }) => {
  const topicData = [{ name: more.name ?? 'bad', partitionData: [{ index: 3, records }] }];
  return framed(requestOf(apis.produce, 9, { acks: more.acks, timeoutMs, topicData }));
};

const unanswered: readonly Frame[] = [
  frame('acks 0 and what comes after', join(produced(batch(), { acks: 0 }), framed(metadata))),
  frame('acks 0 to an unknown topic', join(produced(batch(), { acks: 0, name: 'nope' }), framed(metadata))),
  frame('acks 0 of a bad checksum', join(produced(lying({ crc: 1 }), { acks: 0 }), framed(metadata))),
];

export const frameRows: readonly Frame[] = [...lengths, ...headers, ...apiVersions, ...bodies, ...tags, ...unanswered];
