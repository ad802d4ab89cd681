import { string } from '@nagare/serdes';
import { StreamsBuilder, type Topology } from '@nagare/streams';

/** The topics of the pipeline. A prefix keeps the runs on one cluster apart. */
export function topicsOf(prefix: string) {
  return { lines: `${prefix}lines`, counts: `${prefix}counts` } as const;
}

export type Topics = ReturnType<typeof topicsOf>;

/** How often each word was seen. */
export function wordCount(topics: Topics): Topology {
  const builder = new StreamsBuilder();
  builder
    .stream(topics.lines, { key: string, value: string })
    .flatMapValues((line) => line.toLowerCase().match(/\p{Letter}+/gu) ?? [])
    .groupBy((_, word) => word, { name: 'by-word', key: string, value: string })
    .count({ store: 'counts' })
    .toStream()
    .to(topics.counts);
  return builder.build();
}
