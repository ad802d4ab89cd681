import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.*;
import org.apache.kafka.common.serialization.*;
import org.apache.kafka.streams.kstream.*;
import org.apache.kafka.streams.KeyValue;

/** The steps that begin at a stream. */
@SuppressWarnings({"unchecked", "rawtypes"})
final class StreamSteps {
  private final Interpreter interpreter;
  private final Interpreter.Flow from;
  private final JsonNode step;
  private final KStream<Object, Object> stream;
  private final String fn;
  private final Named named;

  StreamSteps(Interpreter interpreter, Interpreter.Flow from, JsonNode step) {
    this.interpreter = interpreter;
    this.from = from;
    this.step = step;
    stream = from.stream();
    fn = step.path("fn").asText("");
    named = Interpreter.named(step);
  }

  Interpreter.Flow apply(String op) {
    Serde value = Interpreter.valueSerdeOf(fn, from.value());
    return switch (op) {
      case "filter" -> same(named == null ? stream.filter((k, v) -> Functions.test(fn, k, v)) : stream.filter((k, v) -> Functions.test(fn, k, v), named));
      case "filterNot" -> same(named == null ? stream.filterNot((k, v) -> Functions.test(fn, k, v)) : stream.filterNot((k, v) -> Functions.test(fn, k, v), named));
      case "map" -> texts(named == null ? stream.map((k, v) -> Functions.pair(fn, k, v)) : stream.map((k, v) -> Functions.pair(fn, k, v), named));
      case "mapValues" -> new Interpreter.Flow(named == null ? stream.mapValues((k, v) -> Functions.value(fn, k, v)) : stream.mapValues((k, v) -> Functions.value(fn, k, v), named), from.key(), value);
      case "flatMap" -> texts(named == null ? stream.flatMap((k, v) -> Functions.pairs(fn, k, v)) : stream.flatMap((k, v) -> Functions.pairs(fn, k, v), named));
      case "flatMapValues" -> new Interpreter.Flow(named == null ? stream.flatMapValues((k, v) -> Functions.values(fn, k, v)) : stream.flatMapValues((k, v) -> Functions.values(fn, k, v), named), from.key(), Serdes.String());
      case "selectKey" -> new Interpreter.Flow(named == null ? stream.selectKey((k, v) -> Functions.key(fn, k, v)) : stream.selectKey((k, v) -> Functions.key(fn, k, v), named), Serdes.String(), from.value());
      case "peek" -> same(named == null ? stream.peek((k, v) -> {}) : stream.peek((k, v) -> {}, named));
      case "forEach" -> nothing(() -> { if (named == null) stream.foreach((k, v) -> {}); else stream.foreach((k, v) -> {}, named); });
      case "to" -> nothing(this::to);
      case "split" -> nothing(this::split);
      case "repartition" -> same(stream.repartition(repartitioned()));
      case "toTable" -> toTable();
      case "groupByKey" -> grouped(stream.groupByKey(grouped()), from.key());
      case "groupBy" -> grouped(stream.groupBy((k, v) -> Functions.key(fn, k, v), grouped()), Serdes.String());
      case "process" -> texts(named == null ? stream.process(Processors.supplier(fn, store())) : stream.process(Processors.supplier(fn, store()), named));
      case "processValues" -> new Interpreter.Flow(named == null ? stream.processValues(Processors.fixedKey(fn, store())) : stream.processValues(Processors.fixedKey(fn, store()), named), from.key(), Serdes.String());
      case "join", "leftJoin", "outerJoin" -> join(op);
      default -> throw new IllegalArgumentException(op);
    };
  }

  private String store() { return step.path("store").asText(null); }

  private Interpreter.Flow same(KStream made) { return new Interpreter.Flow(made, from.key(), from.value()); }

  private Interpreter.Flow texts(KStream made) { return new Interpreter.Flow(made, Serdes.String(), Serdes.String()); }

  private Interpreter.Flow nothing(Runnable act) { act.run(); return null; }

  private void to() {
    Produced produced = Produced.with(from.key(), from.value());
    if (named != null) produced = produced.withName(step.get("name").asText());
    if (step.has("topic")) stream.to(step.get("topic").asText(), produced);
    else stream.to((k, v, context) -> Functions.test(fn, k, v) ? "yes" : "no", produced);
  }

  private void split() {
    BranchedKStream<Object, Object> split = named == null ? stream.split() : stream.split(named);
    for (JsonNode branch : step.get("branches")) {
      String test = branch.get("fn").asText();
      split = split.branch((k, v) -> Functions.test(test, k, v), Branched.as(branch.get("name").asText()));
    }
    Map<String, KStream<Object, Object>> made = step.has("rest") ? split.defaultBranch(Branched.as(step.get("rest").asText())) : split.noDefaultBranch();
    for (Map.Entry<String, KStream<Object, Object>> entry : made.entrySet()) {
      for (String name : branchNames()) if (entry.getKey().endsWith(name)) interpreter.keep(name, same(entry.getValue()));
    }
  }

  private List<String> branchNames() {
    List<String> names = new ArrayList<>();
    for (JsonNode branch : step.get("branches")) names.add(branch.get("name").asText());
    if (step.has("rest")) names.add(step.get("rest").asText());
    return names;
  }

  private Repartitioned<Object, Object> repartitioned() {
    Repartitioned made = Repartitioned.with(from.key(), from.value());
    if (named != null) made = made.withName(step.get("name").asText());
    return step.has("partitions") ? made.withNumberOfPartitions(step.get("partitions").asInt()) : made;
  }

  private Interpreter.Flow toTable() {
    Materialized store = Interpreter.materialized(step, from.key(), from.value());
    KTable made;
    if (store == null) made = named == null ? stream.toTable() : stream.toTable(named);
    else made = named == null ? stream.toTable(store) : stream.toTable(named, store);
    return new Interpreter.Flow(made, from.key(), from.value());
  }

  private Grouped grouped() {
    Serde key = step.get("op").asText().equals("groupBy") ? Serdes.String() : from.key();
    return named == null ? Grouped.with(key, from.value()) : Grouped.with(step.get("name").asText(), key, from.value());
  }

  private Interpreter.Flow grouped(KGroupedStream made, Serde key) { return new Interpreter.Flow(made, key, from.value()); }

  private Interpreter.Flow join(String op) {
    Interpreter.Flow other = interpreter.flow(step, "with");
    if (other.made() instanceof GlobalKTable table) return withGlobal(op, table);
    if (other.made() instanceof KTable table) return withTable(op, table, other);
    return withStream(op, other);
  }

  private Interpreter.Flow text(KStream made) { return new Interpreter.Flow(made, from.key(), Serdes.String()); }

  private Interpreter.Flow withGlobal(String op, GlobalKTable table) {
    KeyValueMapper key = (k, v) -> Functions.key(step.get("keyFn").asText(), k, v);
    ValueJoinerWithKey joiner = (k, a, b) -> Functions.join(fn, k, a, b);
    if (op.equals("join")) return text(named == null ? stream.join(table, key, joiner) : stream.join(table, key, joiner, named));
    return text(named == null ? stream.leftJoin(table, key, joiner) : stream.leftJoin(table, key, joiner, named));
  }

  private Interpreter.Flow withTable(String op, KTable table, Interpreter.Flow other) {
    ValueJoinerWithKey joiner = (k, a, b) -> Functions.join(fn, k, a, b);
    Joined joined = Joined.with(from.key(), from.value(), other.value());
    if (named != null) joined = joined.withName(step.get("name").asText());
    if (step.has("grace")) joined = joined.withGracePeriod(Duration.ofMillis(step.get("grace").asLong()));
    return text(op.equals("join") ? stream.join(table, joiner, joined) : stream.leftJoin(table, joiner, joined));
  }

  private Interpreter.Flow withStream(String op, Interpreter.Flow other) {
    ValueJoinerWithKey joiner = (k, a, b) -> Functions.join(fn, k, a, b);
    JoinWindows windows = Windowing.join(step.get("windows"));
    StreamJoined joined = StreamJoined.with(from.key(), from.value(), other.value());
    if (named != null) joined = joined.withName(step.get("name").asText());
    if (store() != null) joined = joined.withStoreName(store());
    if (!step.path("logged").asBoolean(true)) joined = joined.withLoggingDisabled();
    KStream with = other.stream();
    return text(switch (op) {
      case "join" -> stream.join(with, joiner, windows, joined);
      case "leftJoin" -> stream.leftJoin(with, joiner, windows, joined);
      default -> stream.outerJoin(with, joiner, windows, joined);
    });
  }
}
