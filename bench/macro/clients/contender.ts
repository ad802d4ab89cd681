/** A Kafka client as the client benchmark drives it, in a process of its own. */
export interface Contender {
  /** Connects a producer with acks=1 and no compression. */
  producer(bootstrap: string, topic: string): Promise<BenchProducer>;
  /** Reads the topic from its beginning and calls `onRecords` with how many came, until that answers false. */
  consume(bootstrap: string, topic: string, onRecords: (count: number) => boolean): Promise<void>;
}

export interface BenchProducer {
  /** Sends values and resolves when the broker has acknowledged them. */
  send(values: readonly Buffer[]): Promise<void>;
  close(): Promise<void>;
}

/** What one run of a client cost. */
export interface ClientRun {
  readonly records: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
}

const BATCH_RECORDS = 1_000;
const BATCHES_IN_FLIGHT = 5;

/** Runs one side of a client as the command line says, warm-up first, and prints a {@link ClientRun} as JSON. */
export async function runContender(contender: Contender): Promise<void> {
  const [mode = '', bootstrap = '', topic = '', records = '', warmUp = '', recordBytes = '100'] = process.argv.slice(2);
  const job = { bootstrap, topic, records: Number(records), warmUp: Number(warmUp), recordBytes: Number(recordBytes) };
  const run = mode === 'produce' ? await measureProducer(contender, job) : await measureConsumer(contender, job);
  console.log(JSON.stringify(run));
  // Some clients keep timers and sockets for a while after they were closed.
  process.exit(0);
}

interface Job {
  readonly bootstrap: string;
  readonly topic: string;
  readonly records: number;
  readonly warmUp: number;
  readonly recordBytes: number;
}

async function measureProducer(contender: Contender, job: Job): Promise<ClientRun> {
  const producer = await contender.producer(job.bootstrap, job.topic);
  await sendAll(producer, job.warmUp, job.recordBytes);
  const stop = stopwatch();
  await sendAll(producer, job.records, job.recordBytes);
  const run = stop(job.records);
  await producer.close();
  return run;
}

async function sendAll(producer: BenchProducer, records: number, recordBytes: number): Promise<void> {
  const values = Array.from({ length: BATCH_RECORDS }, (_, n) => Buffer.alloc(recordBytes, n));
  let left = records;
  const loop = async () => {
    while (left > 0) {
      const count = Math.min(BATCH_RECORDS, left);
      left -= count;
      await producer.send(values.slice(0, count));
    }
  };
  await Promise.all(Array.from({ length: BATCHES_IN_FLIGHT }, loop));
}

async function measureConsumer(contender: Contender, job: Job): Promise<ClientRun> {
  let read = 0;
  let start = 0;
  let stop: ReturnType<typeof stopwatch> | undefined;
  let run: ClientRun | undefined;
  await contender.consume(job.bootstrap, job.topic, (count) => {
    read += count;
    if (stop === undefined && read >= job.warmUp) {
      start = read;
      stop = stopwatch();
    }
    if (stop === undefined || read < job.records + job.warmUp) return true;
    run ??= stop(read - start);
    return false;
  });
  if (run === undefined) throw new Error(`Only ${read} records came`);
  return run;
}

function stopwatch(): (records: number) => ClientRun {
  const startMs = performance.now();
  const startCpu = process.cpuUsage();
  return (records) => {
    const { user, system } = process.cpuUsage(startCpu);
    return { records, seconds: (performance.now() - startMs) / 1000, cpuSeconds: (user + system) / 1e6 };
  };
}
