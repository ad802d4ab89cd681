"""Reads numbers as a group, writes each one's double in transactions, and aborts some of them.

Arguments: bootstrap, a name for topics and group, how many numbers. Prints what a reader of committed records finds.
"""

import sys

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

bootstrap, name, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
numbers, doubles = f"{name}-numbers", f"{name}-doubles"
partitions = 2


def committed_reader(group):
    return Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": group,
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
            "isolation.level": "read_committed",
        }
    )


def fill():
    admin = AdminClient({"bootstrap.servers": bootstrap})
    for future in admin.create_topics([NewTopic(topic, partitions, 1) for topic in (numbers, doubles)]).values():
        future.result()
    producer = Producer({"bootstrap.servers": bootstrap})
    for number in range(count):
        producer.produce(numbers, str(number), partition=number % partitions)
    producer.flush()


def rewind(consumer):
    """Reads again from what the group has committed: what the aborted transaction took is still to do."""
    for position in consumer.committed(consumer.assignment(), timeout=30):
        offset = max(position.offset, 0)
        consumer.seek(TopicPartition(position.topic, position.partition, offset))


def transform():
    consumer = committed_reader(name)
    consumer.subscribe([numbers])
    producer = Producer({"bootstrap.servers": bootstrap, "transactional.id": name})
    producer.init_transactions(60)
    done, rounds = 0, 0
    while done < count:
        messages = consumer.consume(50, 1)
        if not messages:
            continue
        producer.begin_transaction()
        for message in messages:
            if message.error():
                raise KafkaException(message.error())
            producer.produce(doubles, str(2 * int(message.value())), partition=message.partition())
        position = consumer.position(consumer.assignment())
        producer.send_offsets_to_transaction(position, consumer.consumer_group_metadata(), 30)
        rounds += 1
        if rounds % 3 == 0:
            producer.abort_transaction(30)
            rewind(consumer)
        else:
            producer.commit_transaction(30)
            done += len(messages)
    committed = sum(each.offset for each in consumer.committed(consumer.assignment(), timeout=30))
    consumer.close()
    return committed


def read():
    consumer = committed_reader(f"{name}-reader")
    consumer.subscribe([doubles])
    values = []
    while len(values) < count:
        message = consumer.poll(60)
        if message is None:
            break
        values.append(int(message.value()))
    consumer.close()
    return values


fill()
committed = transform()
values = read()
expected = [2 * number for number in range(count)]
print(f"committed {committed}, read {len(values)}, right {sorted(values) == expected}")
