import java.nio.file.*;
import java.time.*;
import java.util.*;
import java.util.function.*;
import org.apache.kafka.common.serialization.*;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.*;
import org.apache.kafka.streams.kstream.*;
import org.apache.kafka.streams.kstream.Suppressed.BufferConfig;
import org.apache.kafka.streams.state.*;
import org.apache.kafka.streams.test.TestRecord;

// Writes what Java's TopologyTestDriver gives for each topology of window-oracle.test.ts, and its description, as Replay.java
// does for others, with the intervals of emission at 0. Compile and run both together. A topic with "=" in front is written as
// its last value for each key, without times: Java writes changelogs record by record, and some at the time of the machine.
public class ReplayWindows {
  static final Serde<String> S = Serdes.String();
  static final Consumed<String, String> C = Consumed.with(S, S);
  static final Produced<String, String> P = Produced.with(S, S);
  static final Grouped<String, String> G = Grouped.with(S, S);
  static final Produced<Windowed<String>, String> SP = Produced.with(new WindowedSerdes.SessionWindowedSerde<>(S), S);
  static final Produced<Windowed<String>, Long> SL = Produced.with(new WindowedSerdes.SessionWindowedSerde<>(S), Serdes.Long());
  static final String[] IN = {"in"};
  static final String[] TWO = {"left", "right"};

  static Duration s(long seconds) { return Duration.ofSeconds(seconds); }
  static Produced<Windowed<String>, String> tp(long size) { return Produced.with(WindowedSerdes.timeWindowedSerdeFrom(String.class, size), S); }
  static Produced<Windowed<String>, Long> tl(long size) { return Produced.with(WindowedSerdes.timeWindowedSerdeFrom(String.class, size), Serdes.Long()); }
  static Materialized<String, String, SessionStore<Bytes, byte[]>> session(String name) { return Materialized.<String, String, SessionStore<Bytes, byte[]>>as(name).withKeySerde(S).withValueSerde(S); }
  static Materialized<String, String, WindowStore<Bytes, byte[]>> window(String name) { return Materialized.<String, String, WindowStore<Bytes, byte[]>>as(name).withKeySerde(S).withValueSerde(S); }
  static Materialized<String, String, KeyValueStore<Bytes, byte[]>> kept(String name) { return Materialized.<String, String, KeyValueStore<Bytes, byte[]>>as(name).withKeySerde(S).withValueSerde(S); }
  static StreamJoined<String, String, String> joined() { return StreamJoined.with(S, S, S); }

  static void run(String name, String[] inputs, String[] outputs, Consumer<StreamsBuilder> build) throws Exception {
    StreamsBuilder b = new StreamsBuilder();
    build.accept(b);
    Properties p = new Properties();
    p.put("application.id", "test"); p.put("bootstrap.servers", "none:1"); p.put("statestore.cache.max.bytes", "0");
    p.put("state.dir", Files.createTempDirectory("replay").toString());
    p.put("__emit.interval.ms.kstreams.outer.join.spurious.results.fix__", 0L);
    p.put("__emit.interval.ms.kstreams.windowed.aggregation__", 0L);
    Path out = Path.of(System.getProperty("out"));
    Topology topology = b.build();
    Files.writeString(out.resolve(name + ".topology.txt"), topology.describe().toString());
    StringBuilder text = new StringBuilder();
    try (TopologyTestDriver d = new TopologyTestDriver(topology, p)) {
      Map<String, TestInputTopic<String, String>> in = new HashMap<>();
      for (String t : inputs) in.put(t, d.createInputTopic(t, S.serializer(), S.serializer()));
      Replay.seed = 42;
      long now = 100_000;
      for (int i = 0; i < 400; i++) {
        String topic = inputs[Replay.random(inputs.length)];
        String key = Replay.random(20) == 0 ? null : String.valueOf((char) ('a' + Replay.random(4)));
        String value = Replay.random(8) == 0 ? null : "v" + Replay.random(10);
        now += Replay.random(6_000);
        long at = Math.max(0, now - (Replay.random(3) == 0 ? Replay.random(90_000) : 0));
        in.get(topic).pipeInput(key, value, at);
      }
      for (String t : outputs) {
        boolean last = t.startsWith("=");
        TestOutputTopic<byte[], byte[]> topic = d.createOutputTopic(last ? t.substring(1) : t, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        text.append("# ").append(t).append('\n');
        TreeMap<String, String> rows = new TreeMap<>();
        for (TestRecord<byte[], byte[]> r : topic.readRecordsToList()) {
          if (!last) text.append(Replay.hex(r.key())).append(' ').append(Replay.hex(r.value())).append(' ').append(r.timestamp()).append('\n');
          else if (r.value() == null) rows.remove(Replay.hex(r.key()));
          else rows.put(Replay.hex(r.key()), Replay.hex(r.value()));
        }
        rows.forEach((key, value) -> text.append(key).append(' ').append(value).append('\n'));
      }
    }
    Files.writeString(out.resolve(name + ".txt"), text.toString());
  }

  public static void main(String[] a) throws Exception {
    String[] out = {"out"};
    Aggregator<String, String, String> add = (k, v, x) -> x + v;
    Reducer<String> reduce = (x, y) -> x + y;
    Reducer<String> last = (x, y) -> y;
    run("sessions", IN, new String[] {"counts", "reduced", "aggregated", "=test-reduced-changelog", "=test-agg-changelog"}, b -> {
      KGroupedStream<String, String> g = b.stream("in", C).groupByKey();
      g.windowedBy(SessionWindows.ofInactivityGapWithNoGrace(s(5))).count().toStream().to("counts", SL);
      g.windowedBy(SessionWindows.ofInactivityGapAndGrace(s(8), s(20))).reduce((x, y) -> "v3".equals(y) ? y : x + y, session("reduced")).toStream().to("reduced", SP);
      g.windowedBy(SessionWindows.ofInactivityGapAndGrace(s(3), s(200)))
          .aggregate(() -> ".", (k, v, x) -> "v2".equals(v) ? null : x + v, (k, x, y) -> x + "|" + y, session("agg")).toStream().to("aggregated", SP);
    });
    run("sliding", IN, new String[] {"counts", "reduced", "aggregated", "=test-reduced-changelog"}, b -> {
      KGroupedStream<String, String> g = b.stream("in", C).groupByKey();
      g.windowedBy(SlidingWindows.ofTimeDifferenceWithNoGrace(s(10))).count().toStream().to("counts", tl(10_000));
      g.windowedBy(SlidingWindows.ofTimeDifferenceAndGrace(s(15), s(20))).reduce(reduce, window("reduced")).toStream().to("reduced", tp(15_000));
      g.windowedBy(SlidingWindows.ofTimeDifferenceAndGrace(s(150), s(100))).aggregate(() -> ".", (k, v, x) -> (x + v).substring(Math.max(0, (x + v).length() - 9)), window("agg")).toStream().to("aggregated", tp(150_000));
    });
    run("unlimited", IN, new String[] {"out", "=test-all-changelog"}, b -> b.stream("in", C).groupByKey().windowedBy(UnlimitedWindows.of().startOn(Instant.ofEpochMilli(200_000)))
        .reduce(last, window("all")).toStream().to("out", tp(1)));
    run("join-inner", TWO, out, b -> b.stream("left", C).join(b.stream("right", C), (x, y) -> x + "/" + y, JoinWindows.ofTimeDifferenceAndGrace(s(8), s(5)), joined()).to("out", P));
    run("join-left", TWO, out, b -> b.stream("left", C).leftJoin(b.stream("right", C), (x, y) -> x + "/" + y, JoinWindows.ofTimeDifferenceWithNoGrace(s(6)), joined()).to("out", P));
    run("join-outer", TWO, out, b -> b.stream("left", C).outerJoin(b.stream("right", C), (x, y) -> x + "/" + y, JoinWindows.ofTimeDifferenceAndGrace(s(3), s(20)), joined()).to("out", P));
    run("join-asymmetric", TWO, new String[] {"out", "before", "=test-named-this-join-store-changelog", "=test-named-outer-other-join-store-changelog", "=test-named-left-shared-join-store-changelog"}, b -> {
      KStream<String, String> left = b.stream("left", C), right = b.stream("right", C);
      left.leftJoin(right, (k, x, y) -> k + x + "/" + y, JoinWindows.ofTimeDifferenceAndGrace(s(0), s(100)).after(s(5)), joined().withName("j").withStoreName("named")).to("out", P);
      left.outerJoin(right, (x, y) -> x + "/" + y, JoinWindows.ofTimeDifferenceWithNoGrace(s(12)).after(s(-4)), joined()).to("before", P);
    });
    run("join-self", IN, out, b -> { KStream<String, String> in = b.stream("in", C); in.join(in, (x, y) -> x + "/" + y, JoinWindows.ofTimeDifferenceAndGrace(s(8), s(5)), joined()).to("out", P); });
    run("join-repartitioned", TWO, out, b -> b.stream("left", C).selectKey((k, v) -> v == null ? k : v).leftJoin(b.stream("right", C).map((k, v) -> KeyValue.pair(v, k)), (x, y) -> x + "/" + y, JoinWindows.ofTimeDifferenceWithNoGrace(s(6)), joined()).to("out", P));
    run("suppress-time", IN, new String[] {"out", "small", "=test-held-store-changelog"}, b -> {
      KTable<String, String> t = b.stream("in", C).groupByKey().reduce((x, y) -> "v1".equals(y) ? null : y, kept("rows"));
      t.suppress(Suppressed.<String>untilTimeLimit(s(20), BufferConfig.unbounded()).withName("held")).toStream().to("out", P);
      t.suppress(Suppressed.untilTimeLimit(s(60), BufferConfig.maxRecords(2).emitEarlyWhenFull())).toStream().to("small", P);
    });
    run("suppress-close", IN, new String[] {"windows", "sessions", "=test-final-store-changelog"}, b -> {
      KGroupedStream<String, String> g = b.stream("in", C).groupByKey();
      g.windowedBy(TimeWindows.ofSizeAndGrace(s(10), s(15))).reduce(last, window("w")).suppress(Suppressed.untilWindowCloses(BufferConfig.unbounded()).withName("final")).toStream().to("windows", tp(10_000));
      g.windowedBy(SessionWindows.ofInactivityGapAndGrace(s(4), s(6))).reduce(last, session("s")).suppress(Suppressed.untilWindowCloses(BufferConfig.unbounded())).toStream().to("sessions", SP);
    });
    run("suppress-chain", IN, out, b -> {
      KTable<String, String> t = b.stream("in", C).groupByKey().reduce(last, kept("rows")).filter((k, v) -> v.compareTo("v5") < 0)
          .suppress(Suppressed.untilTimeLimit(s(10), BufferConfig.maxBytes(300).emitEarlyWhenFull()));
      t.groupBy((k, v) -> KeyValue.pair(v, k), G).reduce(reduce, (x, y) -> x.replaceFirst(y, ""), kept("by-value")).toStream().to("out", P);
    });
    // Without a longer retention Java loses what closes while stream time jumps.
    run("emit-final", IN, new String[] {"tumbling", "hopping", "sessions", "sliding", "=test-t-changelog"}, b -> {
      KGroupedStream<String, String> g = b.stream("in", C).groupByKey();
      g.windowedBy(TimeWindows.ofSizeAndGrace(s(10), s(15))).emitStrategy(EmitStrategy.onWindowClose()).reduce(reduce, window("t").withRetention(s(600))).toStream().to("tumbling", tp(10_000));
      g.windowedBy(TimeWindows.ofSizeWithNoGrace(s(9)).advanceBy(s(3))).emitStrategy(EmitStrategy.onWindowClose()).reduce(reduce, window("h").withRetention(s(600))).toStream().to("hopping", tp(9_000));
      g.windowedBy(SessionWindows.ofInactivityGapAndGrace(s(6), s(10))).emitStrategy(EmitStrategy.onWindowClose()).reduce(reduce, session("s").withRetention(s(600))).toStream().to("sessions", SP);
      g.windowedBy(SlidingWindows.ofTimeDifferenceAndGrace(s(7), s(8))).emitStrategy(EmitStrategy.onWindowClose()).reduce(reduce, window("d").withRetention(s(600))).toStream().to("sliding", tp(7_000));
    });
    run("cogroup", TWO, new String[] {"out", "windows", "sessions", "sliding", "=test-both-changelog"}, b -> {
      KGroupedStream<String, String> l = b.stream("left", C).groupByKey(), r = b.stream("right", C).groupBy((k, v) -> k, G);
      CogroupedKStream<String, String> c = l.<String>cogroup((k, v, x) -> x + "<" + v).cogroup(r, (k, v, x) -> "v4".equals(v) ? null : x.substring(0, Math.min(9, x.length())) + ">" + v);
      c.aggregate(() -> ".", kept("both")).toStream().to("out", P);
      c.windowedBy(TimeWindows.ofSizeAndGrace(s(20), s(5))).aggregate(() -> ".", window("cw")).toStream().to("windows", tp(20_000));
      c.windowedBy(SessionWindows.ofInactivityGapAndGrace(s(4), s(9))).aggregate(() -> ".", (k, x, y) -> x + "|" + y, session("cs")).toStream().to("sessions", SP);
      c.windowedBy(SlidingWindows.ofTimeDifferenceAndGrace(s(6), s(9))).aggregate(() -> ".", window("cd")).toStream().to("sliding", tp(6_000));
    });
  }
}
