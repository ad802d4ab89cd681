import { join } from 'node:path';
import { run } from '../tools/child.ts';
import { classPath } from '../tools/maven.ts';
import { repositoryRoot } from '../tools/paths.ts';

/** A message for Kafka's own serializer. */
export interface EncodeTask {
  readonly javaClass: string;
  readonly version: number;
  /** The message in the JSON form of Kafka's converters. */
  readonly json: unknown;
}

/** What Kafka's serializer made of a message: its bytes, and what it reads from them. */
export interface EncodeAnswer {
  readonly hex: string;
  readonly json: unknown;
}

/** Has Kafka 4.4.0's own serializers write messages and read them back, all in one Java process. */
export async function javaEncode(tasks: readonly EncodeTask[]): Promise<EncodeAnswer[]> {
  const source = join(repositoryRoot, 'test/conformance/java/Encode.java');
  const input = tasks.map(({ javaClass, version, json }) =>
    saturated(JSON.stringify({ class: javaClass, version, json })),
  );
  const output = await run('java', ['-cp', await classPath('clients-4.4.0'), source], {
    input: `${input.join('\n')}\n`,
  });
  const lines = output.trimEnd().split('\n');
  if (lines.length !== tasks.length) throw new Error(`Java gave ${lines.length} answers to ${tasks.length} tasks`);
  return lines.map((line, index) => {
    const [hex = '', json = ''] = line.split('\t');
    if (!/^[0-9a-f]*$/.test(hex)) throw new Error(`${tasks[index]?.javaClass} v${tasks[index]?.version}: ${line}`);
    return { hex, json: JSON.parse(json) };
  });
}

/** The largest 64-bit integer is no JavaScript number: in our codecs the nearest one above, 2^63, stands for it. */
function saturated(json: string): string {
  return json.replaceAll(':9223372036854776000', ':9223372036854775807');
}
