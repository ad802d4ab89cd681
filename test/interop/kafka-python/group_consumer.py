import json
import sys
import time

from kafka import KafkaConsumer

bootstrap, topic, group = sys.argv[1], sys.argv[2], sys.argv[3]

consumer = KafkaConsumer(
    topic,
    bootstrap_servers=bootstrap,
    group_id=group,
    auto_offset_reset="earliest",
    enable_auto_commit=False,
    session_timeout_ms=6000,
    heartbeat_interval_ms=1000,
    value_deserializer=lambda data: json.loads(data.decode("utf-8")),
    consumer_timeout_ms=60000,
    max_poll_records=50,
)
for message in consumer:
    print("read", message.offset, message.value["n"], flush=True)
    if message.offset % 100 == 99:
        consumer.commit()
        print("committed", message.offset + 1, flush=True)
    time.sleep(0.002)
    if message.offset == 999:
        break
consumer.close()
