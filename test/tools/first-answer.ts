import { connect } from 'node:net';

/** An ApiVersions v0 request with correlation id 1 and no client id: the smallest question that a broker answers. */
const API_VERSIONS_V0 = Buffer.from([0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 1, 0xff, 0xff]);

/** Whether a broker at `host:port` answers ApiVersions without an error, right now. */
export function answersApiVersions(bootstrap: string): Promise<boolean> {
  const [host = '', port = ''] = bootstrap.split(':');
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(port) });
    let answer = Buffer.alloc(0);
    const finish = (isAnswered: boolean) => {
      socket.destroy();
      resolve(isAnswered);
    };
    socket.setTimeout(10_000, () => finish(false));
    socket.once('error', () => finish(false)).once('close', () => finish(false));
    socket.once('connect', () => socket.write(API_VERSIONS_V0));
    socket.on('data', (chunk) => {
      answer = Buffer.concat([answer, chunk]);
      if (answer.length >= 10) finish(answer.readInt32BE(4) === 1 && answer.readInt16BE(8) === 0);
    });
  });
}
