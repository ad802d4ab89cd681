import java.util.*;
import org.apache.kafka.common.serialization.*;
import org.apache.kafka.streams.*;
import org.apache.kafka.streams.kstream.*;

/** Counts words in the driver for some seconds and prints how many it counted in each: the counterpart of driver-words.ts. */
public final class WordCount {
  /** Of the thread that runs the driver alone: what compiles it in the background is not counted. */
  private static long cpu() { return java.lang.management.ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime(); }

  public static void main(String[] args) {
    Properties config = new Properties();
    config.put("application.id", "test");
    config.put("bootstrap.servers", "none:1");
    config.put("state.dir", args[0]);
    config.put("dsl.store.suppliers.class", "org.apache.kafka.streams.state.BuiltInDslStoreSuppliers$InMemoryDslStoreSuppliers");
    StreamsBuilder builder = new StreamsBuilder();
    builder.stream("lines", Consumed.with(Serdes.String(), Serdes.String()))
        .flatMapValues(line -> Arrays.asList(line.split(" ")))
        .groupBy((key, word) -> word, Grouped.with(Serdes.String(), Serdes.String()))
        .count(Materialized.as("counts"))
        .toStream().to("counted", Produced.with(Serdes.String(), Serdes.Long()));
    try (TopologyTestDriver driver = new TopologyTestDriver(builder.build(), config)) {
      TestInputTopic<String, String> lines = driver.createInputTopic("lines", new StringSerializer(), new StringSerializer());
      TestOutputTopic<String, Long> counted = driver.createOutputTopic("counted", new StringDeserializer(), new LongDeserializer());
      for (int round = 0; round < Integer.parseInt(args[1]); round++) {
        long start = cpu();
        int words = 0;
        while (cpu() - start < 1_000_000_000L) {
          for (int line = 0; line < 100; line++) {
            lines.pipeInput(null, "the quick brown fox jumps over the lazy dog " + words % 1000);
            words += counted.readRecordsToList().size();
          }
        }
        System.out.println(Math.round(words / ((cpu() - start) / 1e9)));
      }
    }
  }
}
