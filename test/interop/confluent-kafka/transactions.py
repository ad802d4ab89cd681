import sys

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

bootstrap, name = sys.argv[1], sys.argv[2]
servers = {"bootstrap.servers": bootstrap}
topic_in, topic_out = name + "-in", name + "-out"
manual = {"auto.offset.reset": "earliest", "enable.auto.commit": False}

admin = AdminClient(servers)
topics = [NewTopic(topic_in, num_partitions=1, replication_factor=1), NewTopic(topic_out, 2, 1)]
for future in admin.create_topics(topics).values():
    future.result()


def producer_of(transactional_id):
    producer = Producer({**servers, "transactional.id": transactional_id, "linger.ms": 0})
    producer.init_transactions(30)
    return producer


def committed_values(count):
    """The first `count` values that a reader of committed records sees, and that no more come after them."""
    consumer = Consumer({**servers, **manual, "group.id": name + "-reader", "isolation.level": "read_committed"})
    consumer.assign([TopicPartition(topic_out, partition, 0) for partition in (0, 1)])
    values = []
    while len(values) < count:
        message = consumer.poll(10)
        assert message is not None, "only %d records came" % len(values)
        assert not message.error(), message.error()
        values.append(message.value().decode())
    more = consumer.poll(0.5)
    assert more is None, more.value()
    consumer.close()
    return values


# Transactions of which every third is aborted.
producer = producer_of(name)
expected = []
for n in range(12):
    producer.begin_transaction()
    values = ["%d-%d" % (n, i) for i in range(4)]
    for i, value in enumerate(values):
        producer.produce(topic_out, value, partition=i % 2)
    if n % 3 == 2:
        producer.abort_transaction(30)
    else:
        producer.commit_transaction(30)
        expected += values
assert sorted(committed_values(len(expected))) == sorted(expected)

# Offsets count with the transaction.
plain = Producer(servers)
for n in range(10):
    plain.produce(topic_in, str(n))
plain.flush()
consumer = Consumer({**servers, **manual, "group.id": name})
consumer.subscribe([topic_in])
assert consumer.poll(30) is not None
for offset, commits in ((4, True), (9, False)):
    producer.begin_transaction()
    producer.produce(topic_out, "offset %d" % offset, partition=0)
    group = consumer.consumer_group_metadata()
    producer.send_offsets_to_transaction([TopicPartition(topic_in, 0, offset)], group, 30)
    if commits:
        producer.commit_transaction(30)
    else:
        producer.abort_transaction(30)
    stored = consumer.committed([TopicPartition(topic_in, 0)], 30)[0].offset
    assert stored == 4, stored
consumer.close()
expected.append("offset 4")

# A second producer of the same id fences the first, and aborts what that left open.
producer.begin_transaction()
producer.produce(topic_out, "of a zombie", partition=0)
producer.flush()
second = producer_of(name)
try:
    producer.commit_transaction(30)
    sys.exit("The first producer was not fenced")
except KafkaException as failure:
    assert failure.args[0].fatal(), failure
second.begin_transaction()
second.produce(topic_out, "last", partition=0)
second.commit_transaction(30)
expected.append("last")
assert sorted(committed_values(len(expected))) == sorted(expected)
print("read", len(expected))
