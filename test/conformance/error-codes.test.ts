import { join } from 'node:path';
import { errorTable } from '@nagare/protocol';
import { expect, test } from 'vitest';
import { ifAvailable } from '../tools/availability.ts';
import { run } from '../tools/child.ts';
import { classPath } from '../tools/maven.ts';
import { repositoryRoot } from '../tools/paths.ts';

const jars = await ifAvailable("Kafka's jars", () => classPath('clients-4.4.0'));

test.skipIf(jars === undefined)("our error codes are Kafka 4.4.0's, and as retriable", async () => {
  const source = join(repositoryRoot, 'test/conformance/java/ErrorCodes.java');
  const theirs = (await run('java', ['-cp', jars ?? '', source])).trim().split('\n');
  const ours = Object.entries(errorTable).map(([name, { code, retriable }]) => `${code} ${name} ${retriable}`);
  expect(ours.sort()).toEqual(theirs.sort());
});
