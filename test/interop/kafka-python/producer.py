import json
import sys

from kafka import KafkaProducer

bootstrap, topic, count = sys.argv[1], sys.argv[2], int(sys.argv[3])

producer = KafkaProducer(
    bootstrap_servers=bootstrap,
    value_serializer=lambda value: json.dumps(value).encode("utf-8"),
)
for n in range(count):
    producer.send(topic, {"n": n, "text": "流れ %d" % n})
producer.flush()
producer.close()
print("sent", count)
