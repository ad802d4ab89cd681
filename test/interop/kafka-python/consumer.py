import json
import sys

from kafka import KafkaConsumer

bootstrap, topic = sys.argv[1], sys.argv[2]

consumer = KafkaConsumer(
    topic,
    bootstrap_servers=bootstrap,
    auto_offset_reset="earliest",
    value_deserializer=lambda data: json.loads(data.decode("utf-8")),
    consumer_timeout_ms=60000,
)
for message in consumer:
    print(message.partition, message.offset, message.value["n"], message.value["text"])
    if message.offset == int(sys.argv[3]) - 1:
        break
consumer.close()
