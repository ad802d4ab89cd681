import java.util.function.*;
import org.apache.kafka.common.serialization.*;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.*;
import org.apache.kafka.streams.kstream.*;
import org.apache.kafka.streams.state.*;

// Writes what Java's TopologyTestDriver gives for each topology of table-oracle.test.ts, and its description, as Replay.java
// does for others. Compile and run both together.
public class ReplayTables {
  static final Serde<String> S = Serdes.String();
  static final Consumed<String, String> C = Consumed.with(S, S);
  static final Produced<String, String> P = Produced.with(S, S);
  static final Produced<String, Long> L = Produced.with(S, Serdes.Long());
  static final String[] TWO = {"left", "right"};

  static Materialized<String, String, KeyValueStore<Bytes, byte[]>> kept(String name) {
    return Materialized.<String, String, KeyValueStore<Bytes, byte[]>>as(name).withKeySerde(S).withValueSerde(S);
  }

  static void run(String name, String[] inputs, String[] outputs, Consumer<StreamsBuilder> build) throws Exception {
    Replay.run(name, inputs, outputs, build);
    StreamsBuilder b = new StreamsBuilder();
    build.accept(b);
    java.nio.file.Files.writeString(java.nio.file.Path.of(System.getProperty("out"), name + ".topology.txt"), b.build().describe().toString());
  }

  public static void main(String[] a) throws Exception {
    String[] one = {"left"};
    run("table-filter", one, new String[] {"lazy", "kept", "not", "mapped", "test-filtered-changelog", "test-mapped-changelog"}, b -> {
      KTable<String, String> t = b.table("left", C);
      t.filter((k, v) -> v.compareTo("v4") < 0).toStream().to("lazy", P);
      t.filter((k, v) -> v.compareTo("v4") < 0, kept("filtered")).toStream().to("kept", P);
      KTable<String, String> m = t.mapValues(v -> v + "!", kept("mapped"));
      m.filterNot((k, v) -> v.compareTo("v4") < 0).toStream().to("not", P);
      m.mapValues((k, v) -> k + v).toStream().to("mapped", P);
    });
    run("table-group", one, new String[] {"counts", "sums", "joined", "test-counted-repartition", "test-grouped-repartition", "test-counted-changelog", "test-agg-changelog"}, b -> {
      KTable<String, String> t = b.table("left", C, Materialized.as("rows"));
      t.groupBy((k, v) -> KeyValue.pair(v.compareTo("v5") < 0 ? "low" : "high", v), Grouped.with(S, S)).count(Materialized.as("counted")).toStream().to("counts", L);
      KGroupedTable<String, String> g = t.groupBy((k, v) -> KeyValue.pair(v.equals("v0") ? null : v.compareTo("v3") < 0 ? "x" : "y", v.equals("v1") ? null : v), Grouped.with("grouped", S, S));
      g.reduce((x, y) -> x + y, (x, y) -> x.replaceFirst(y, "")).toStream().to("sums", P);
      g.aggregate(() -> "", (k, v, x) -> x + v, (k, v, x) -> x.equals(v) ? null : x.replaceFirst(v, ""), kept("agg")).toStream().to("joined", P);
    });
    run("table-joins", TWO, new String[] {"inner", "left-out", "outer", "test-joined-changelog", "test-all-changelog"}, b -> {
      KTable<String, String> l = b.table("left", C);
      KTable<String, String> r = b.table("right", C);
      l.join(r, (x, y) -> x + y, kept("joined")).toStream().to("inner", P);
      l.leftJoin(r, (x, y) -> x + y).toStream().to("left-out", P);
      l.outerJoin(r, (x, y) -> x + y, kept("all")).toStream().to("outer", P);
    });
    run("table-join-inner-lazy", TWO, new String[] {"out"}, b -> b.table("left", C).join(b.table("right", C), (x, y) -> x + y).toStream().to("out", P));
    run("table-join-named", TWO, new String[] {"out"}, b -> b.table("left", C).outerJoin(b.table("right", C), (x, y) -> x + y, Named.as("both"), Materialized.with(S, S)).toStream().to("out", P));
    run("table-join-group", TWO, new String[] {"in", "le", "ou", "views"}, b -> {
      KTable<String, String> l = b.table("left", C);
      KTable<String, String> r = b.table("right", C).filter((k, v) -> !v.equals("v3"));
      Grouped<String, String> g = Grouped.with(S, S);
      KTable<String, String> in = l.join(r, (x, y) -> x + y);
      KTable<String, String> le = l.leftJoin(r, (x, y) -> x + y);
      KTable<String, String> ou = l.outerJoin(r, (x, y) -> x + y);
      in.groupBy((k, v) -> KeyValue.pair(v.substring(0, 2), v), g).reduce((x, y) -> x + y, (x, y) -> x.replaceFirst(y, "")).toStream().to("in", P);
      le.groupBy((k, v) -> KeyValue.pair(v.substring(0, 2), v), g).reduce((x, y) -> x + y, (x, y) -> x.replaceFirst(y, "")).toStream().to("le", P);
      ou.groupBy((k, v) -> KeyValue.pair(v.substring(0, 2), v), g).reduce((x, y) -> x + y, (x, y) -> x.replaceFirst(y, "")).toStream().to("ou", P);
      in.outerJoin(le, (x, y) -> x + "/" + y).leftJoin(ou, (x, y) -> x + "|" + y).toStream().to("views", P);
    });
    run("table-of-streams", TWO, new String[] {"out", "counts"}, b -> {
      KTable<String, Long> n = b.stream("left", C).groupByKey().count();
      KTable<String, String> t = b.stream("right", C).toTable();
      n.join(t, (x, y) -> x + y).filter((k, v) -> !v.endsWith("v1")).toStream().to("out", P);
      n.filter((k, v) -> v % 3 != 0).groupBy((k, v) -> KeyValue.pair(String.valueOf(v % 2), v), Grouped.with(S, Serdes.Long())).count().toStream().to("counts", L);
    });
    run("global-join", TWO, new String[] {"in", "le"}, b -> {
      GlobalKTable<String, String> g = b.globalTable("right", C);
      KStream<String, String> s = b.stream("left", C);
      KeyValueMapper<String, String, String> select = (k, v) -> "v1".equals(v) ? null : "v2".equals(v) ? "a" : k;
      s.join(g, select, (x, y) -> x + "/" + y).to("in", P);
      s.selectKey((k, v) -> k == null ? null : v).leftJoin(g, select, (x, y) -> x + "/" + y).to("le", P);
    });
    String[] internal = {"test-KTABLE-FK-JOIN-SUBSCRIPTION-REGISTRATION-0000000006-topic", "test-KTABLE-FK-JOIN-SUBSCRIPTION-RESPONSE-0000000014-topic", "test-KTABLE-FK-JOIN-SUBSCRIPTION-STATE-STORE-0000000010-changelog"};
    java.util.function.Function<String, String> fk = v -> v.equals("v0") ? null : v.compareTo("v5") < 0 ? "a" : v.equals("v9") ? "none" : "c";
    run("foreign-key-inner", TWO, new String[] {"out", internal[0], internal[1], internal[2]}, b -> b.table("left", C).join(b.table("right", C), fk, (x, y) -> x + "/" + y).toStream().to("out", P));
    run("foreign-key-left", TWO, new String[] {"out", internal[0], internal[1], internal[2]}, b -> b.table("left", C).leftJoin(b.table("right", C), fk, (x, y) -> x + "/" + y).toStream().to("out", P));
    run("foreign-key-kept", TWO, new String[] {"out", "counts", "test-kept-changelog", "test-by-name-subscription-registration-topic"}, b -> {
      KTable<String, String> t = b.table("left", C).filter((k, v) -> !v.equals("v7")).leftJoin(b.stream("right", C).toTable(), fk, (x, y) -> x + "/" + y, TableJoined.as("by-name"), kept("kept"));
      t.toStream().to("out", P);
      t.groupBy((k, v) -> KeyValue.pair(v.substring(v.length() - 2), v), Grouped.with(S, S)).count().toStream().to("counts", L);
    });
    run("foreign-key-chain", TWO, new String[] {"out"}, b -> {
      KTable<String, String> l = b.table("left", C);
      KTable<String, String> r = b.table("right", C);
      l.join(r, fk, (x, y) -> x + y, kept("first")).join(r, v -> v.endsWith("1") ? "b" : "d", (x, y) -> x + ":" + y).toStream().to("out", P);
    });
  }
}
