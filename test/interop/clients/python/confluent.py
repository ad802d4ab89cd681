import logging
import sys
import time

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewPartitions, NewTopic

from driver import serve

bootstrap = sys.argv[1]
members = []


class Lines(logging.Handler):
    """Keeps what librdkafka says of the features that it found in the broker."""

    def __init__(self):
        super().__init__()
        self.lines = []

    def emit(self, record):
        if "eature" in record.getMessage():
            self.lines.append(record.getMessage())


def logger():
    lines = Lines()
    log = logging.Logger("librdkafka", logging.DEBUG)
    log.addHandler(lines)
    return log, lines


def with_admin(act):
    admin = AdminClient({"bootstrap.servers": bootstrap})  # What it does ends when nobody holds it any more.
    for future in act(admin).values():
        future.result(30)


def create_topic(topic, partitions):
    with_admin(lambda admin: admin.create_topics([NewTopic(topic, partitions, 1)]))


def add_partitions(topic, partitions):
    with_admin(lambda admin: admin.create_partitions([NewPartitions(topic, partitions)]))


def delete_topic(topic):
    with_admin(lambda admin: admin.delete_topics([topic]))


def produce(topic, partition, codec, values, timestamp):
    log, lines = logger()
    producer = Producer(
        {
            "bootstrap.servers": bootstrap,
            "compression.type": codec,
            "enable.idempotence": True,
            "linger.ms": 20,
            "debug": "broker,feature",
        },
        logger=log,
    )
    failures = []
    for n, value in enumerate(values):
        producer.produce(
            topic,
            value=value,
            partition=partition,
            timestamp=timestamp + n,
            on_delivery=lambda error, _: failures.append(error) if error else None,
        )
    left = producer.flush(30)
    producer.poll(0)
    if left or failures:
        raise Exception("%d not delivered: %s" % (left, failures[:1]))
    return {"log": "\n".join(lines.lines)}


def read(consumer, count, deadline_s=60):
    records = []
    deadline = time.monotonic() + deadline_s
    while len(records) < count and time.monotonic() < deadline:
        message = consumer.poll(0.5)
        if message is None:
            continue
        if message.error():
            raise KafkaException(message.error())
        records.append(
            {"partition": message.partition(), "offset": message.offset(), "value": message.value().decode()}
        )
    return records


def consume(topic, group, count, protocol):
    log, lines = logger()
    settings = {
        "bootstrap.servers": bootstrap,
        "group.id": group,
        "auto.offset.reset": "earliest",
        "enable.auto.commit": False,
        "topic.metadata.refresh.interval.ms": 500,
        "debug": "broker,feature",
    }
    if protocol == "consumer":
        settings["group.protocol"] = "consumer"
    else:
        settings["session.timeout.ms"] = 6000
    consumer = Consumer(settings, logger=log)
    members.append(consumer)
    consumer.subscribe([topic])
    records = read(consumer, count)
    ends = {}
    for record in records:
        ends[record["partition"]] = record["offset"] + 1
    committed = consumer.commit(
        offsets=[TopicPartition(topic, partition, end) for partition, end in ends.items()], asynchronous=False
    )
    for place in committed:
        if place.error:
            raise KafkaException(place.error)
    return {"records": records, "log": "\n".join(lines.lines)}


def read_committed(topic, count):
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": "unused",
            "auto.offset.reset": "earliest",
            "isolation.level": "read_committed",
            "enable.auto.commit": False,
        }
    )
    consumer.assign([TopicPartition(topic, 0, 0)])
    records = read(consumer, count)
    consumer.close()
    return {"records": records}


def offset_for_time(topic, partition, timestamp):
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "unused"})
    [found] = consumer.offsets_for_times([TopicPartition(topic, partition, timestamp)], 30)
    consumer.close()
    return {"offset": found.offset}


def transactional(id):
    producer = Producer({"bootstrap.servers": bootstrap, "transactional.id": id})
    producer.init_transactions(30)
    return producer


def transaction(topic, id, values, commit):
    producer = transactional(id)
    producer.begin_transaction()
    for value in values:
        producer.produce(topic, value=value, partition=0)
    producer.flush(30)
    if commit:
        producer.commit_transaction(30)
    else:
        producer.abort_transaction(30)


def fence(topic, id):
    first = transactional(id)
    first.begin_transaction()
    first.produce(topic, value="of the fenced", partition=0)
    first.flush(30)
    second = transactional(id)
    try:
        first.commit_transaction(30)
        return {"error": "none"}
    except KafkaException as error:
        return {"error": error.args[0].name()}
    finally:
        del second


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
