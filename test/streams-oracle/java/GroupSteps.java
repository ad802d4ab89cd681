import com.fasterxml.jackson.databind.JsonNode;
import org.apache.kafka.common.serialization.*;
import org.apache.kafka.streams.kstream.*;

/** The steps that begin at a group: of a stream, of a table, of several streams, and their windows. */
@SuppressWarnings({"unchecked", "rawtypes"})
final class GroupSteps {
  private final Interpreter interpreter;
  private final Interpreter.Flow from;
  private final JsonNode step;
  private final Object group;
  private final String fn;
  private final Named named;

  GroupSteps(Interpreter interpreter, Interpreter.Flow from, JsonNode step) {
    this.interpreter = interpreter;
    this.from = from;
    this.step = step;
    group = from.made();
    fn = step.path("fn").asText("");
    named = Interpreter.named(step);
  }

  Interpreter.Flow apply(String op) {
    return switch (op) {
      case "windowedBy" -> windowedBy(step.get("windows"));
      case "count" -> count();
      case "reduce" -> reduce();
      case "aggregate" -> group instanceof KGroupedTable ? aggregateTable() : aggregate();
      case "cogroup" -> cogroup();
      default -> throw new IllegalArgumentException(op);
    };
  }

  private Interpreter.Flow windowedBy(JsonNode windows) {
    Serde key = Windowing.keySerde(windows, from.key());
    if (group instanceof CogroupedKStream cogrouped) return new Interpreter.Flow(switch (windows.get("type").asText()) {
      case "time" -> cogrouped.windowedBy(Windowing.time(windows));
      case "sliding" -> cogrouped.windowedBy(Windowing.sliding(windows));
      default -> cogrouped.windowedBy(Windowing.session(windows));
    }, key, from.value());
    KGroupedStream grouped = (KGroupedStream) group;
    return new Interpreter.Flow(switch (windows.get("type").asText()) {
      case "time" -> grouped.windowedBy(Windowing.time(windows)).emitStrategy(Windowing.emit(step));
      case "sliding" -> grouped.windowedBy(Windowing.sliding(windows)).emitStrategy(Windowing.emit(step));
      case "unlimited" -> grouped.windowedBy(UnlimitedWindows.of().startOn(java.time.Instant.ofEpochMilli(windows.get("start").asLong())));
      default -> grouped.windowedBy(Windowing.session(windows)).emitStrategy(Windowing.emit(step));
    }, key, from.value());
  }

  private Materialized store(Serde value) {
    Serde key = from.key();
    if (key instanceof WindowedSerdes.TimeWindowedSerde || key instanceof WindowedSerdes.SessionWindowedSerde) key = Serdes.String();
    return Interpreter.materialized(step, key, value);
  }

  private Interpreter.Flow flow(KTable made, Serde value) { return new Interpreter.Flow(made, from.key(), value); }

  private Interpreter.Flow count() {
    Materialized store = store(Serdes.Long());
    KTable made;
    if (group instanceof KGroupedStream g) made = store == null ? (named == null ? g.count() : g.count(named)) : named == null ? g.count(store) : g.count(named, store);
    else if (group instanceof KGroupedTable g) made = store == null ? (named == null ? g.count() : g.count(named)) : named == null ? g.count(store) : g.count(named, store);
    else if (group instanceof TimeWindowedKStream g) made = store == null ? (named == null ? g.count() : g.count(named)) : named == null ? g.count(store) : g.count(named, store);
    else if (group instanceof SessionWindowedKStream g) made = store == null ? (named == null ? g.count() : g.count(named)) : named == null ? g.count(store) : g.count(named, store);
    else throw new IllegalArgumentException("count");
    return flow(made, Serdes.Long());
  }

  private Interpreter.Flow reduce() {
    Reducer add = (old, value) -> Functions.reduce(fn, old, value);
    Materialized store = store(from.value());
    if (store == null && named != null) store = Materialized.with(Serdes.String(), from.value());
    KTable made;
    if (group instanceof KGroupedStream g) made = store == null ? g.reduce(add) : named == null ? g.reduce(add, store) : g.reduce(add, named, store);
    else if (group instanceof KGroupedTable g) {
      Reducer subtract = (old, value) -> Functions.reduce(step.get("subtract").asText(), old, value);
      made = store == null ? g.reduce(add, subtract) : named == null ? g.reduce(add, subtract, store) : g.reduce(add, subtract, named, store);
    } else if (group instanceof TimeWindowedKStream g) made = store == null ? g.reduce(add) : named == null ? g.reduce(add, store) : g.reduce(add, named, store);
    else if (group instanceof SessionWindowedKStream g) made = store == null ? g.reduce(add) : named == null ? g.reduce(add, store) : g.reduce(add, named, store);
    else throw new IllegalArgumentException("reduce");
    return flow(made, from.value());
  }

  private Interpreter.Flow aggregate() {
    Initializer initial = () -> Functions.initial(fn);
    Aggregator add = (key, value, old) -> Functions.aggregate(fn, key, value, old);
    Merger merge = (key, left, right) -> Functions.merge(fn, key, left, right);
    Serde value = Interpreter.valueSerdeOf(fn, Serdes.String());
    if (fn.equals("nullOn0")) value = Serdes.String();
    Materialized store = store(value);
    if (store == null) store = Materialized.with(Serdes.String(), value);
    KTable made;
    if (group instanceof KGroupedStream g) made = named == null ? g.aggregate(initial, add, store) : g.aggregate(initial, add, named, store);
    else if (group instanceof TimeWindowedKStream g) made = named == null ? g.aggregate(initial, add, store) : g.aggregate(initial, add, named, store);
    else if (group instanceof SessionWindowedKStream g) made = named == null ? g.aggregate(initial, add, merge, store) : g.aggregate(initial, add, merge, named, store);
    else if (group instanceof CogroupedKStream g) made = named == null ? g.aggregate(initial, store) : g.aggregate(initial, named, store);
    else if (group instanceof TimeWindowedCogroupedKStream g) made = named == null ? g.aggregate(initial, store) : g.aggregate(initial, named, store);
    else if (group instanceof SessionWindowedCogroupedKStream g) made = named == null ? g.aggregate(initial, merge, store) : g.aggregate(initial, merge, named, store);
    else throw new IllegalArgumentException("aggregate");
    return flow(made, value);
  }

  private Interpreter.Flow aggregateTable() {
    Aggregator add = (key, value, old) -> Functions.aggregate(fn, key, value, old);
    Aggregator subtract = (key, value, old) -> Functions.aggregate(step.get("subtract").asText(), key, value, old);
    Serde value = Interpreter.valueSerdeOf(fn, Serdes.String());
    Materialized store = store(value);
    if (store == null) store = Materialized.with(Serdes.String(), value);
    KGroupedTable g = (KGroupedTable) group;
    Initializer initial = () -> Functions.initial(fn);
    return flow(named == null ? g.aggregate(initial, add, subtract, store) : g.aggregate(initial, add, subtract, named, store), value);
  }

  private Interpreter.Flow cogroup() {
    Aggregator add = (key, value, old) -> Functions.aggregate(fn, key, value, old);
    CogroupedKStream made = group instanceof KGroupedStream g ? g.cogroup(add) : null;
    if (made == null) made = ((CogroupedKStream) group).cogroup((KGroupedStream) interpreter.flow(step, "with").made(), add);
    return new Interpreter.Flow(made, from.key(), from.value());
  }
}
