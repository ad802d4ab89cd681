import java.nio.file.*;
import java.time.Duration;
import java.util.*;
import java.util.function.*;
import org.apache.kafka.common.serialization.*;
import org.apache.kafka.streams.*;
import org.apache.kafka.streams.kstream.*;
import org.apache.kafka.streams.processor.api.*;
import org.apache.kafka.streams.state.*;

// Writes Java's description of each topology of describe.test.ts into the folder that -Dout names. Compile and run it with
// org.apache.kafka:kafka-streams-test-utils:4.3.1 and its dependencies on the class path.
public class Describe {
  static final Consumed<String, String> C = Consumed.with(Serdes.String(), Serdes.String());
  static void t(String name, Consumer<StreamsBuilder> f) throws Exception {
    StreamsBuilder b = new StreamsBuilder();
    f.accept(b);
    Files.writeString(Path.of(System.getProperty("out"), name + ".txt"), b.build().describe().toString());
  }
  public static void main(String[] a) throws Exception {
    Grouped<String, String> G = Grouped.with(Serdes.String(), Serdes.String());
    t("pass-through", b -> b.stream("in", C).to("out"));
    t("stateless", b -> b.stream("in", C).filter((k, v) -> true).filterNot((k, v) -> false).mapValues(v -> v)
        .map((k, v) -> KeyValue.pair(k, v)).flatMap((k, v) -> List.of(KeyValue.pair(k, v))).flatMapValues(v -> List.of(v))
        .selectKey((k, v) -> k).peek((k, v) -> {}).to("out", Produced.with(Serdes.String(), Serdes.String())));
    t("fan-out", b -> { KStream<String, String> s = b.stream("in", C); s.mapValues(v -> v).to("a"); s.filter((k, v) -> true).foreach((k, v) -> {}); s.to("b"); });
    t("two-topics-merge", b -> { KStream<String, String> s = b.stream(List.of("in-1", "in-2"), C); s.merge(b.stream("other", C)).to("out", Produced.with(Serdes.String(), Serdes.String())); });
    t("same-topic-twice", b -> { b.stream("in", C).mapValues(v -> v).to("a"); b.stream("in", C).filter((k, v) -> true).to("b"); });
    t("word-count", b -> b.stream("texts", C).flatMapValues(v -> Arrays.asList(v.split(" "))).groupBy((k, v) -> v, G)
        .count(Materialized.as("counts")).toStream().to("counts-out", Produced.with(Serdes.String(), Serdes.Long())));
    t("count-generated", b -> b.stream("in", C).groupByKey().count().toStream().to("out", Produced.with(Serdes.String(), Serdes.Long())));
    t("count-generated-repartition", b -> b.stream("in", C).groupBy((k, v) -> v, G).count().toStream().to("out", Produced.with(Serdes.String(), Serdes.Long())));
    t("count-with-serdes-only", b -> b.stream("in", C).groupByKey().count(Materialized.with(Serdes.String(), Serdes.Long())).toStream().to("out", Produced.with(Serdes.String(), Serdes.Long())));
    t("reduce-and-aggregate", b -> { KGroupedStream<String, String> g = b.stream("in", C).groupBy((k, v) -> v, Grouped.with("by-value", Serdes.String(), Serdes.String()));
        g.reduce((x, y) -> y).toStream().to("reduced"); g.aggregate(() -> "", (k, v, x) -> v, Materialized.<String, String, KeyValueStore<org.apache.kafka.common.utils.Bytes, byte[]>>as("agg").withValueSerde(Serdes.String())).toStream().to("aggregated"); });
    t("two-groupings", b -> { KGroupedStream<String, String> g = b.stream("in", C).groupBy((k, v) -> v, G); g.count().toStream().foreach((k, v) -> {}); g.reduce((x, y) -> y).toStream().foreach((k, v) -> {}); });
    t("windowed-count", b -> b.stream("in", C).groupByKey().windowedBy(TimeWindows.ofSizeAndGrace(Duration.ofMinutes(1), Duration.ofSeconds(10)))
        .count(Materialized.as("per-minute")).toStream().to("out", Produced.with(WindowedSerdes.timeWindowedSerdeFrom(String.class, 60000L), Serdes.Long())));
    t("windowed-generated", b -> b.stream("in", C).groupBy((k, v) -> v, G).windowedBy(TimeWindows.ofSizeWithNoGrace(Duration.ofMinutes(1)))
        .reduce((x, y) -> y).toStream().to("out", Produced.with(WindowedSerdes.timeWindowedSerdeFrom(String.class, 60000L), Serdes.String())));
    t("split", b -> { Map<String, KStream<String, String>> m = b.stream("in", C).split(Named.as("by-")).branch((k, v) -> true, Branched.as("a")).branch((k, v) -> true, Branched.as("b")).defaultBranch(Branched.as("rest"));
        m.get("by-a").to("a"); m.get("by-b").mapValues(v -> v).to("b"); m.get("by-rest").to("rest"); });
    t("stream-table-join", b -> { KTable<String, String> t = b.table("customers", C); b.stream("orders", C).join(t, (x, y) -> x).to("out", Produced.with(Serdes.String(), Serdes.String())); });
    t("left-join-repartitioned", b -> { KTable<String, String> t = b.table("customers", C, Materialized.as("customers-store"));
        b.stream("orders", C).selectKey((k, v) -> v).leftJoin(t, (x, y) -> x, Joined.with(Serdes.String(), Serdes.String(), Serdes.String())).to("out", Produced.with(Serdes.String(), Serdes.String())); });
    t("join-named-twice", b -> { KTable<String, String> t = b.table("customers", C); KStream<String, String> s = b.stream("orders", C).map((k, v) -> KeyValue.pair(v, k));
        s.join(t, (x, y) -> x, Joined.with(Serdes.String(), Serdes.String(), Serdes.String())).to("one"); s.leftJoin(t, (x, y) -> x, Joined.with(Serdes.String(), Serdes.String(), Serdes.String())).to("two"); });
    t("join-derived-table", b -> { KTable<String, String> t = b.table("customers", C).filter((k, v) -> true).mapValues(v -> v); b.stream("orders", C).join(t, (x, y) -> x).to("out", Produced.with(Serdes.String(), Serdes.String())); });
    t("table-to-stream", b -> b.table("in", C).mapValues(v -> v).filter((k, v) -> true).toStream().to("out", Produced.with(Serdes.String(), Serdes.String())));
    t("to-table", b -> { KTable<String, String> t = b.stream("customers", C).selectKey((k, v) -> v).toTable(Materialized.with(Serdes.String(), Serdes.String())); b.stream("orders", C).join(t, (x, y) -> x).to("out", Produced.with(Serdes.String(), Serdes.String())); });
    t("repartition", b -> b.stream("in", C).repartition(Repartitioned.<String, String>as("through").withKeySerde(Serdes.String()).withValueSerde(Serdes.String()).withNumberOfPartitions(4)).to("out"));
    t("repartition-generated", b -> b.stream("in", C).repartition().mapValues(v -> v).to("out", Produced.with(Serdes.String(), Serdes.String())));
    t("process", b -> { b.addStateStore(Stores.keyValueStoreBuilder(Stores.inMemoryKeyValueStore("stock"), Serdes.String(), Serdes.String()));
        ProcessorSupplier<String, String, String, String> p = () -> new Processor<>() { public void process(org.apache.kafka.streams.processor.api.Record<String, String> r) {} };
        FixedKeyProcessorSupplier<String, String, String> f = () -> new FixedKeyProcessor<>() { public void process(FixedKeyRecord<String, String> r) {} };
        b.stream("in", C).process(p, "stock").to("out", Produced.with(Serdes.String(), Serdes.String())); b.stream("other", C).processValues(f, "stock").to("out-2", Produced.with(Serdes.String(), Serdes.String())); });
    t("named", b -> b.stream("in", C.withName("source")).filter((k, v) -> true, Named.as("kept")).mapValues(v -> v, Named.as("mapped")).groupBy((k, v) -> v, Grouped.with("by-value", Serdes.String(), Serdes.String()))
        .count(Named.as("counted"), Materialized.as("counts")).toStream(Named.as("changes")).to("out", Produced.with(Serdes.String(), Serdes.Long()).withName("sink")));
    t("wide", b -> { KStream<String, String> s = b.stream("in", C); for (int i = 0; i < 12; i++) { KStream<String, String> m = s.mapValues(v -> v); if (i % 3 == 0) m.filter((k, v) -> true).to("out-" + i); if (i % 2 == 0) m.to("also-" + i); } });
  }
}
