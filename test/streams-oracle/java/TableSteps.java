import com.fasterxml.jackson.databind.JsonNode;
import org.apache.kafka.common.serialization.*;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.kstream.*;

/** The steps that begin at a table. */
@SuppressWarnings({"unchecked", "rawtypes"})
final class TableSteps {
  private final Interpreter interpreter;
  private final Interpreter.Flow from;
  private final JsonNode step;
  private final KTable<Object, Object> table;
  private final String fn;
  private final Named named;

  TableSteps(Interpreter interpreter, Interpreter.Flow from, JsonNode step) {
    this.interpreter = interpreter;
    this.from = from;
    this.step = step;
    table = from.table();
    fn = step.path("fn").asText("");
    named = Interpreter.named(step);
  }

  Interpreter.Flow apply(String op) {
    return switch (op) {
      case "filter" -> filter((k, v) -> Functions.test(fn, k, v), false);
      case "filterNot" -> filter((k, v) -> Functions.test(fn, k, v), true);
      case "mapValues" -> mapValues();
      case "transformValues" -> transformValues();
      case "toStream" -> toStream();
      case "groupBy" -> groupBy();
      case "join", "leftJoin", "outerJoin" -> join(op);
      case "foreignKeyJoin", "foreignKeyLeftJoin" -> foreignKeyJoin(op);
      case "suppress" -> new Interpreter.Flow(table.suppress(Windowing.suppressed(step)), from.key(), from.value());
      default -> throw new IllegalArgumentException(op);
    };
  }

  private Interpreter.Flow filter(Predicate test, boolean not) {
    Materialized store = Interpreter.materialized(step, from.key(), from.value());
    KTable made;
    if (store == null) made = named == null ? (not ? table.filterNot(test) : table.filter(test)) : not ? table.filterNot(test, named) : table.filter(test, named);
    else if (named == null) made = not ? table.filterNot(test, store) : table.filter(test, store);
    else made = not ? table.filterNot(test, named, store) : table.filter(test, named, store);
    return new Interpreter.Flow(made, from.key(), from.value());
  }

  private Interpreter.Flow mapValues() {
    ValueMapperWithKey map = (k, v) -> Functions.value(fn, k, v);
    Serde value = Interpreter.valueSerdeOf(fn, from.value());
    Materialized store = Interpreter.materialized(step, from.key(), value);
    KTable made;
    if (store == null) made = named == null ? table.mapValues(map) : table.mapValues(map, named);
    else made = named == null ? table.mapValues(map, store) : table.mapValues(map, named, store);
    return new Interpreter.Flow(made, from.key(), value);
  }

  private Interpreter.Flow transformValues() {
    Serde value = Interpreter.valueSerdeOf(fn, from.value());
    Materialized store = Interpreter.materialized(step, from.key(), value);
    ValueTransformerWithKeySupplier supplier = () -> Processors.transformer(fn);
    KTable made;
    if (store == null) made = named == null ? table.transformValues(supplier) : table.transformValues(supplier, named);
    else made = named == null ? table.transformValues(supplier, store) : table.transformValues(supplier, store, named);
    return new Interpreter.Flow(made, from.key(), value);
  }

  private Interpreter.Flow toStream() {
    if (fn.isEmpty()) return new Interpreter.Flow(named == null ? table.toStream() : table.toStream(named), from.key(), from.value());
    KeyValueMapper key = (k, v) -> Functions.key(fn, k, v);
    return new Interpreter.Flow(named == null ? table.toStream(key) : table.toStream(key, named), Serdes.String(), from.value());
  }

  private Interpreter.Flow groupBy() {
    Grouped grouped = Grouped.with(Serdes.String(), from.value());
    if (named != null) grouped = grouped.withName(step.get("name").asText());
    KeyValueMapper select = (k, v) -> new KeyValue<>(Functions.key(fn, k, v), v);
    return new Interpreter.Flow(table.groupBy(select, grouped), Serdes.String(), from.value());
  }

  private Interpreter.Flow join(String op) {
    KTable other = interpreter.flow(step, "with").table();
    ValueJoiner joiner = (a, b) -> Functions.join(fn, null, a, b);
    Materialized store = Interpreter.materialized(step, from.key(), Serdes.String());
    KTable made = switch (op) {
      case "join" -> store == null ? (named == null ? table.join(other, joiner) : table.join(other, joiner, named))
          : named == null ? table.join(other, joiner, store) : table.join(other, joiner, named, store);
      case "leftJoin" -> store == null ? (named == null ? table.leftJoin(other, joiner) : table.leftJoin(other, joiner, named))
          : named == null ? table.leftJoin(other, joiner, store) : table.leftJoin(other, joiner, named, store);
      default -> store == null ? (named == null ? table.outerJoin(other, joiner) : table.outerJoin(other, joiner, named))
          : named == null ? table.outerJoin(other, joiner, store) : table.outerJoin(other, joiner, named, store);
    };
    return new Interpreter.Flow(made, from.key(), Serdes.String());
  }

  private Interpreter.Flow foreignKeyJoin(String op) {
    KTable other = interpreter.flow(step, "with").table();
    java.util.function.BiFunction foreignKey = (k, v) -> Functions.key(step.get("keyFn").asText(), k, v);
    ValueJoiner joiner = (a, b) -> Functions.join(fn, null, a, b);
    TableJoined joined = named == null ? null : TableJoined.as(step.get("name").asText());
    Materialized store = Interpreter.materialized(step, from.key(), Serdes.String());
    if (store == null) store = Materialized.with(from.key(), Serdes.String());
    KTable made;
    if (op.equals("foreignKeyJoin")) made = joined == null ? table.join(other, foreignKey, joiner, store) : table.join(other, foreignKey, joiner, joined, store);
    else made = joined == null ? table.leftJoin(other, foreignKey, joiner, store) : table.leftJoin(other, foreignKey, joiner, joined, store);
    return new Interpreter.Flow(made, from.key(), Serdes.String());
  }
}
