import sys
import time

import kafka
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient, NewPartitions, NewTopic
from kafka.structs import OffsetAndMetadata

from driver import serve

bootstrap = sys.argv[1]
is_new = not kafka.__version__.startswith("2.0.")
members = []


def offset_and_metadata(offset):
    return OffsetAndMetadata(offset, "", -1) if len(OffsetAndMetadata._fields) == 3 else OffsetAndMetadata(offset, "")


def admin(act):
    client = KafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        act(client)
    finally:
        client.close()


def create_topic(topic, partitions):
    admin(lambda client: client.create_topics([NewTopic(topic, partitions, 1)]))


def add_partitions(topic, partitions):
    admin(lambda client: client.create_partitions({topic: NewPartitions(partitions)}))


def delete_topic(topic):
    admin(lambda client: client.delete_topics([topic]))


def produce(topic, partition, codec, values, timestamp):
    producer = KafkaProducer(
        bootstrap_servers=bootstrap,
        compression_type=None if codec == "none" else codec,
        acks="all",
        linger_ms=20,
    )
    sent = [
        producer.send(topic, partition=partition, value=value.encode(), timestamp_ms=timestamp + n)
        for n, value in enumerate(values)
    ]
    for future in sent:
        future.get(30)
    producer.close()


def read(consumer, count, deadline_s=60):
    records = []
    deadline = time.monotonic() + deadline_s
    while len(records) < count and time.monotonic() < deadline:
        # A poll that ends while its member joins can lose the assignment (3.0.12), so it may take its time.
        for batch in consumer.poll(timeout_ms=10_000, max_records=count - len(records)).values():
            records += [{"partition": r.partition, "offset": r.offset, "value": r.value.decode()} for r in batch]
    return records


def consume(topic, group, count, protocol):
    consumer = KafkaConsumer(
        topic,
        bootstrap_servers=bootstrap,
        group_id=group,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        session_timeout_ms=6000,
        heartbeat_interval_ms=1000,
    )
    members.append(consumer)
    records = read(consumer, count)
    ends = {}
    for record in records:
        ends[TopicPartition(topic, record["partition"])] = record["offset"] + 1
    consumer.commit({partition: offset_and_metadata(end) for partition, end in ends.items()})
    return {"records": records}


def read_committed(topic, count):
    consumer = KafkaConsumer(
        bootstrap_servers=bootstrap, auto_offset_reset="earliest", isolation_level="read_committed"
    )
    consumer.assign([TopicPartition(topic, 0)])
    records = read(consumer, count)
    consumer.close()
    return {"records": records}


def offset_for_time(topic, partition, timestamp):
    consumer = KafkaConsumer(bootstrap_servers=bootstrap)
    place = TopicPartition(topic, partition)
    found = consumer.offsets_for_times({place: timestamp})[place]
    consumer.close()
    return {"offset": -1 if found is None else found.offset}


def transactional(id):
    producer = KafkaProducer(bootstrap_servers=bootstrap, transactional_id=id)
    producer.init_transactions()
    return producer


def transaction(topic, id, values, commit):
    producer = transactional(id)
    producer.begin_transaction()
    for value in values:
        producer.send(topic, partition=0, value=value.encode())
    producer.flush()
    if commit:
        producer.commit_transaction()
    else:
        producer.abort_transaction()
    producer.close()


def fence(topic, id):
    first = transactional(id)
    first.begin_transaction()
    first.send(topic, partition=0, value=b"of the fenced").get(30)
    second = transactional(id)
    try:
        first.commit_transaction()
        return {"error": "none"}
    except Exception as error:
        return {"error": type(error).__name__}
    finally:
        second.close()


serve(
    {
        "createTopic": create_topic,
        "addPartitions": add_partitions,
        "deleteTopic": delete_topic,
        "produce": produce,
        "consume": consume,
        "offsetForTime": offset_for_time,
        "readCommitted": read_committed,
        "transaction": transaction,
        "fence": fence,
    }
)
