import java.time.Duration;
import java.util.Arrays;
import java.util.Properties;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.CloseOptions;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.kstream.*;

/**
 * The application of one run by Kafka Streams, until SIGTERM; the counterpart of application.ts and topologies.ts.
 *
 * Arguments: bootstrap servers, application id, state directory, guarantee, row, topics of input, table and output.
 */
public final class StreamsBench {
  private static final Serde<String> TEXT = Serdes.String();
  private static final Consumed<String, String> CONSUMED = Consumed.with(TEXT, TEXT);
  private static final Produced<String, String> TEXTS = Produced.with(TEXT, TEXT);
  private static final Produced<String, Long> COUNTS = Produced.with(TEXT, Serdes.Long());

  public static void main(String[] args) {
    StreamsBuilder builder = new StreamsBuilder();
    build(builder, args[4], args[5], args[6], args[7]);
    KafkaStreams streams = new KafkaStreams(builder.build(), settings(args));
    streams.setUncaughtExceptionHandler(error -> {
      error.printStackTrace();
      return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
    });
    CloseOptions leaving = CloseOptions.groupMembershipOperation(CloseOptions.GroupMembershipOperation.LEAVE_GROUP);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> streams.close(leaving.withTimeout(Duration.ofMinutes(2)))));
    streams.start();
  }

  private static Properties settings(String[] args) {
    Properties settings = new Properties();
    settings.put("bootstrap.servers", args[0]);
    settings.put("application.id", args[1]);
    settings.put("state.dir", args[2]);
    settings.put("processing.guarantee", args[3]);
    settings.put("replication.factor", "1");
    // Every update is sent on, as the other contender does it.
    settings.put("statestore.cache.max.bytes", "0");
    return settings;
  }

  private static void build(StreamsBuilder builder, String row, String input, String table, String output) {
    switch (row) {
      case "pass-through":
        builder.stream(input, CONSUMED).to(output, TEXTS);
        break;
      case "word count":
        builder.stream(input, CONSUMED)
          .flatMapValues(line -> Arrays.asList(line.split(" ")))
          .groupBy((key, word) -> word, Grouped.with(TEXT, TEXT))
          .count(Materialized.as("counts"))
          .toStream().to(output, COUNTS);
        break;
      case "tumbling count":
        builder.stream(input, CONSUMED).groupByKey(Grouped.with(TEXT, TEXT))
          .windowedBy(TimeWindows.ofSizeAndGrace(Duration.ofSeconds(10), Duration.ofSeconds(1)))
          .count(Materialized.as("counts"))
          .toStream().to(output, Produced.with(WindowedSerdes.timeWindowedSerdeFrom(String.class, 10_000), Serdes.Long()));
        break;
      case "stream-table join":
        builder.stream(input, CONSUMED)
          .leftJoin(builder.table(table, CONSUMED, Materialized.as("rows")), (value, at) -> value + "/" + at, Joined.with(TEXT, TEXT, TEXT))
          .to(output, TEXTS);
        break;
      case "session windows":
        builder.stream(input, CONSUMED).groupByKey(Grouped.with(TEXT, TEXT))
          .windowedBy(SessionWindows.ofInactivityGapAndGrace(Duration.ofSeconds(1), Duration.ofSeconds(1)))
          .count(Materialized.as("counts"))
          .toStream().filter((key, count) -> count != null)
          .to(output, Produced.with(WindowedSerdes.sessionWindowedSerdeFrom(String.class), Serdes.Long()));
        break;
      case "foreign-key join":
        KTable<String, String> rows = builder.table(table, CONSUMED, Materialized.as("rows"));
        builder.table(input, CONSUMED, Materialized.as("orders"))
          .join(rows, order -> order.substring(0, order.indexOf(' ')), (order, at) -> order + "/" + at, Materialized.with(TEXT, TEXT))
          .toStream().to(output, TEXTS);
        break;
      case "restore":
        builder.stream(input, CONSUMED).groupByKey(Grouped.with(TEXT, TEXT)).count(Materialized.as("counts"))
          .toStream().to(output, COUNTS);
        break;
      default:
        throw new IllegalArgumentException("There is no topology for " + row);
    }
  }
}
