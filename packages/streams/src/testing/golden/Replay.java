import java.nio.file.*;
import java.time.Duration;
import java.util.*;
import java.util.function.*;
import org.apache.kafka.common.serialization.*;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.*;
import org.apache.kafka.streams.kstream.*;
import org.apache.kafka.streams.processor.api.*;
import org.apache.kafka.streams.state.*;
import org.apache.kafka.streams.test.TestRecord;

// Writes what Java's TopologyTestDriver gives for each topology and input of java-oracle.test.ts into the folder that -Dout
// names: a line for each record, with key and value in hexadecimal. Compile and run it with
// org.apache.kafka:kafka-streams-test-utils:4.3.1 and its dependencies on the class path.
public class Replay {
  static final Serde<String> S = Serdes.String();
  static final Consumed<String, String> C = Consumed.with(S, S);
  static final Produced<String, String> P = Produced.with(S, S);
  static final Grouped<String, String> G = Grouped.with(S, S);
  static int seed;
  static int random(int bound) { seed = (seed * 1103515245 + 12345) & 0x7fffffff; return (seed >>> 8) % bound; }
  static String hex(byte[] b) { if (b == null) return "null"; StringBuilder s = new StringBuilder("x"); for (byte x : b) s.append(String.format("%02x", x)); return s.toString(); }

  static void run(String name, String[] inputs, String[] outputs, Consumer<StreamsBuilder> build) throws Exception {
    StreamsBuilder b = new StreamsBuilder();
    build.accept(b);
    Properties p = new Properties();
    p.put("application.id", "test"); p.put("bootstrap.servers", "none:1"); p.put("statestore.cache.max.bytes", "0");
    p.put("state.dir", Files.createTempDirectory("replay").toString());
    StringBuilder text = new StringBuilder();
    try (TopologyTestDriver d = new TopologyTestDriver(b.build(), p)) {
      Map<String, TestInputTopic<String, String>> in = new HashMap<>();
      for (String t : inputs) in.put(t, d.createInputTopic(t, S.serializer(), S.serializer()));
      seed = 42;
      long now = 100_000;
      for (int i = 0; i < 400; i++) {
        String topic = inputs[random(inputs.length)];
        String key = random(20) == 0 ? null : String.valueOf((char) ('a' + random(4)));
        String value = random(8) == 0 ? null : "v" + random(10);
        now += random(6_000);
        long at = Math.max(0, now - (random(3) == 0 ? random(90_000) : 0));
        in.get(topic).pipeInput(key, value, at);
      }
      for (String t : outputs) {
        TestOutputTopic<byte[], byte[]> out = d.createOutputTopic(t, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        text.append("# ").append(t).append('\n');
        for (TestRecord<byte[], byte[]> r : out.readRecordsToList()) text.append(hex(r.key())).append(' ').append(hex(r.value())).append(' ').append(r.timestamp()).append('\n');
      }
    }
    Files.writeString(Path.of(System.getProperty("out"), name + ".txt"), text.toString());
  }

  public static void main(String[] a) throws Exception {
    String[] in = {"in"};
    run("stateless", in, new String[] {"low", "high", "rest", "flat"}, b -> {
      KStream<String, String> s = b.stream("in", C).filter((k, v) -> k != null && v != null);
      Map<String, KStream<String, String>> m = s.mapValues(v -> v + "!").split(Named.as("by-")).branch((k, v) -> v.compareTo("v3") < 0, Branched.as("low"))
          .branch((k, v) -> v.compareTo("v7") > 0, Branched.as("high")).defaultBranch(Branched.as("rest"));
      m.get("by-low").to("low", P); m.get("by-high").to("high", P); m.get("by-rest").to("rest", P);
      s.flatMap((k, v) -> List.of(KeyValue.pair(v, k), KeyValue.pair(k, v))).merge(s.selectKey((k, v) -> v + k)).to("flat", P);
    });
    run("count", in, new String[] {"out", "test-counts-changelog"}, b -> b.stream("in", C).groupByKey().count(Materialized.as("counts")).toStream().to("out", Produced.with(S, Serdes.Long())));
    run("count-by-value", in, new String[] {"out", "test-counts-repartition", "test-counts-changelog"}, b -> b.stream("in", C).groupBy((k, v) -> v, G).count(Materialized.as("counts")).toStream().to("out", Produced.with(S, Serdes.Long())));
    run("aggregate", in, new String[] {"out", "reduced", "test-agg-changelog"}, b -> {
      KGroupedStream<String, String> g = b.stream("in", C).groupByKey();
      g.aggregate(() -> "", (k, v, x) -> v.equals("v0") ? null : (x + v).substring(Math.max(0, (x + v).length() - 8)), Materialized.<String, String, KeyValueStore<Bytes, byte[]>>as("agg").withKeySerde(S).withValueSerde(S)).toStream().to("out", P);
      g.reduce((x, y) -> y.equals("v1") ? null : x.substring(x.length() - 2) + y, Materialized.<String, String, KeyValueStore<Bytes, byte[]>>as("red").withKeySerde(S).withValueSerde(S)).toStream().to("reduced", P);
    });
    Serde<Windowed<String>> w = WindowedSerdes.timeWindowedSerdeFrom(String.class, 30_000L);
    run("tumbling", in, new String[] {"out", "test-per-window-changelog"}, b -> b.stream("in", C).groupByKey().windowedBy(TimeWindows.ofSizeAndGrace(Duration.ofSeconds(30), Duration.ofSeconds(20)))
        .count(Materialized.as("per-window")).toStream().to("out", Produced.with(w, Serdes.Long())));
    run("hopping", in, new String[] {"out", "test-per-window-changelog"}, b -> b.stream("in", C).groupByKey().windowedBy(TimeWindows.ofSizeAndGrace(Duration.ofSeconds(30), Duration.ofSeconds(5)).advanceBy(Duration.ofSeconds(10)))
        .aggregate(() -> "", (k, v, x) -> ("v2".equals(v) ? null : x + v), Materialized.<String, String, WindowStore<Bytes, byte[]>>as("per-window").withKeySerde(S).withValueSerde(S)).toStream().to("out", Produced.with(w, S)));
    String[] two = {"orders", "customers"};
    run("join", two, new String[] {"inner", "left", "test-rows-changelog"}, b -> {
      KTable<String, String> t = b.table("customers", C, Materialized.as("rows"));
      KStream<String, String> s = b.stream("orders", C);
      s.join(t, (o, c) -> o + "/" + c).to("inner", P); s.leftJoin(t, (o, c) -> o + "/" + c).to("left", P);
    });
    run("join-derived", two, new String[] {"out", "changes"}, b -> {
      KTable<String, String> t = b.table("customers", C).filter((k, v) -> v.compareTo("v4") < 0).mapValues((k, v) -> k + v);
      t.toStream().to("changes", P);
      b.stream("orders", C).selectKey((k, v) -> k).join(t, (o, c) -> o + "/" + c, Joined.with(S, S, S)).to("out", P);
    });
    run("to-table", two, new String[] {"out"}, b -> {
      KTable<String, String> t = b.stream("customers", C).toTable(Materialized.with(S, S));
      b.stream("orders", C).leftJoin(t, (o, c) -> o + "/" + c).to("out", P);
    });
    run("process", in, new String[] {"out", "test-last-changelog"}, b -> {
      b.addStateStore(Stores.keyValueStoreBuilder(Stores.inMemoryKeyValueStore("last"), S, S));
      b.stream("in", C).filter((k, v) -> k != null).processValues(() -> new FixedKeyProcessor<String, String, String>() {
        FixedKeyProcessorContext<String, String> c; KeyValueStore<String, String> store;
        public void init(FixedKeyProcessorContext<String, String> context) { c = context; store = context.getStateStore("last"); }
        public void process(FixedKeyRecord<String, String> r) {
          String before = store.get(r.key());
          store.put(r.key(), r.value());
          c.forward(r.withValue(before + ">" + r.value()));
        }
      }, "last").to("out", P);
    });
  }
}
