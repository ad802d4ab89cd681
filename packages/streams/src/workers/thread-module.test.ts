import { expect, test } from 'vitest';
import { StreamsBuilder } from '../dsl/builder.ts';
import { texts } from '../testing/counting-app.ts';
import type { Topology } from '../topology/topology.ts';
import { readModule } from './thread-module.ts';

const thread = { name: 'app-StreamThread-2', number: 2 };

function topology(): Topology {
  const builder = new StreamsBuilder();
  builder.stream('in', texts).to('out');
  return builder.build();
}

test('a module has its topology and its settings, or makes them for each thread', async () => {
  const made = topology();
  expect(await readModule({ topology: made, config: { pollMs: 1 } }, thread)).toMatchObject({
    topology: made,
    settings: { pollMs: 1 },
  });
  const read = await readModule(
    { topology: async () => made, config: ({ number }) => ({ applicationServer: `here:${8080 + number}` }) },
    thread,
  );
  expect(read).toMatchObject({ topology: made, settings: { applicationServer: 'here:8082' } });
});

test('a module without a topology is refused', async () => {
  await expect(readModule({}, thread)).rejects.toMatchObject({ code: 'NAGARE_STREAMS_TOPOLOGY' });
});

test('what is divided among threads, or is about all of them, is not for their module to say', async () => {
  const config = { stateDir: '/elsewhere' } as object;
  await expect(readModule({ topology: topology(), config }, thread)).rejects.toThrow(/stateDir must be given/);
});
