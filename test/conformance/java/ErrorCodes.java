import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.protocol.Errors;

/** Prints Kafka's error codes, one per line: the code, its name, and whether a client may try again. */
public final class ErrorCodes {
    public static void main(String[] arguments) {
        for (var error : Errors.values()) {
            var isRetriable = error.exception() instanceof RetriableException;
            System.out.println(error.code() + " " + error.name() + " " + isRetriable);
        }
    }
}
