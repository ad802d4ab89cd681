import sys

from confluent_kafka import Consumer, Producer
from confluent_kafka.admin import AdminClient, NewTopic

bootstrap, topic, codec, count = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])

admin = AdminClient({"bootstrap.servers": bootstrap})
for future in admin.create_topics([NewTopic(topic, num_partitions=2, replication_factor=1)]).values():
    future.result()

producer = Producer({"bootstrap.servers": bootstrap, "compression.type": codec, "enable.idempotence": True})
failures = []
for n in range(count):
    producer.produce(
        topic,
        key="k%d" % n,
        value="value %d" % n,
        on_delivery=lambda error, _: failures.append(error) if error else None,
    )
    producer.poll(0)
producer.flush()
assert not failures, failures

consumer = Consumer(
    {"bootstrap.servers": bootstrap, "group.id": topic, "auto.offset.reset": "earliest", "enable.auto.commit": False}
)
consumer.subscribe([topic])
read = {}
while len(read) < count:
    message = consumer.poll(10)
    assert message is not None, "only %d records came" % len(read)
    assert not message.error(), message.error()
    assert message.key() not in read, "record read twice"
    read[message.key()] = message.value()
assert read == {b"k%d" % n: b"value %d" % n for n in range(count)}
consumer.commit(asynchronous=False)
committed = consumer.committed(consumer.assignment())
assert sum(partition.offset for partition in committed) == count, committed
consumer.close()
print("read", len(read))
