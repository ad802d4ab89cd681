// Drives sarama.
package main

import (
	"context"
	"os"
	"sync"
	"time"

	"github.com/IBM/sarama"
	"nagare.test/clients/driver"
)

var (
	addresses = []string{os.Args[1]}
	codecs    = map[string]sarama.CompressionCodec{
		"none": sarama.CompressionNone, "gzip": sarama.CompressionGZIP, "snappy": sarama.CompressionSnappy,
		"lz4": sarama.CompressionLZ4, "zstd": sarama.CompressionZSTD,
	}
)

func config() *sarama.Config {
	c := sarama.NewConfig()
	c.Version = sarama.V4_0_0_0
	c.Producer.RequiredAcks = sarama.WaitForAll
	c.Producer.Return.Successes = true
	c.Producer.Partitioner = sarama.NewManualPartitioner
	c.Consumer.Offsets.Initial = sarama.OffsetOldest
	c.Consumer.Offsets.AutoCommit.Enable = false
	c.Consumer.Group.Session.Timeout = 6 * time.Second
	c.Consumer.Group.Heartbeat.Interval = time.Second
	return c
}

func withAdmin(act func(sarama.ClusterAdmin) error) (driver.Answer, error) {
	admin, err := sarama.NewClusterAdmin(addresses, config())
	if err != nil {
		return nil, err
	}
	defer admin.Close()
	return driver.Done(act(admin))
}

func createTopic(ask driver.Ask) (driver.Answer, error) {
	return withAdmin(func(admin sarama.ClusterAdmin) error {
		return admin.CreateTopic(ask.Topic, &sarama.TopicDetail{NumPartitions: ask.Partitions, ReplicationFactor: 1}, false)
	})
}

func addPartitions(ask driver.Ask) (driver.Answer, error) {
	return withAdmin(func(admin sarama.ClusterAdmin) error {
		return admin.CreatePartitions(ask.Topic, ask.Partitions, nil, false)
	})
}

func deleteTopic(ask driver.Ask) (driver.Answer, error) {
	return withAdmin(func(admin sarama.ClusterAdmin) error { return admin.DeleteTopic(ask.Topic) })
}

func message(topic string, partition int32, value string) *sarama.ProducerMessage {
	return &sarama.ProducerMessage{Topic: topic, Partition: partition, Value: sarama.StringEncoder(value)}
}

func produce(ask driver.Ask) (driver.Answer, error) {
	c := config()
	c.Producer.Compression = codecs[ask.Codec]
	c.Producer.Flush.Frequency = 20 * time.Millisecond
	c.Producer.Idempotent = true
	c.Net.MaxOpenRequests = 1
	producer, err := sarama.NewSyncProducer(addresses, c)
	if err != nil {
		return nil, err
	}
	defer producer.Close()
	var messages []*sarama.ProducerMessage
	for n, value := range ask.Values {
		each := message(ask.Topic, ask.Partition, value)
		each.Timestamp = time.UnixMilli(ask.Timestamp + int64(n))
		messages = append(messages, each)
	}
	return driver.Done(producer.SendMessages(messages))
}

// member hands over `count` records, commits them, and stays in its group.
type member struct {
	count   int
	mutex   sync.Mutex
	records []driver.Record
	full    chan struct{}
}

func (m *member) Setup(sarama.ConsumerGroupSession) error   { return nil }
func (m *member) Cleanup(sarama.ConsumerGroupSession) error { return nil }

func (m *member) take(each *sarama.ConsumerMessage) (taken, last bool) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	if len(m.records) >= m.count {
		return false, false
	}
	m.records = append(m.records, driver.Record{Partition: each.Partition, Offset: each.Offset, Value: string(each.Value)})
	return true, len(m.records) == m.count
}

func (m *member) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for {
		select {
		case each := <-claim.Messages():
			if each == nil {
				return nil
			}
			taken, last := m.take(each)
			if taken {
				session.MarkMessage(each, "")
			}
			if last {
				session.Commit()
				close(m.full)
			}
		case <-session.Context().Done():
			return nil
		}
	}
}

func consume(ask driver.Ask) (driver.Answer, error) {
	group, err := sarama.NewConsumerGroup(addresses, ask.Group, config())
	if err != nil {
		return nil, err
	}
	reader := &member{count: ask.Count, full: make(chan struct{})}
	failed := make(chan error, 1)
	go func() {
		for {
			if err := group.Consume(context.Background(), []string{ask.Topic}, reader); err != nil {
				failed <- err
				return
			}
		}
	}()
	select {
	case <-reader.full:
		return driver.Records(reader.records), nil
	case err := <-failed:
		return nil, err
	case <-time.After(time.Minute):
		return driver.Records(reader.records), nil
	}
}

func readCommitted(ask driver.Ask) (driver.Answer, error) {
	c := config()
	c.Consumer.IsolationLevel = sarama.ReadCommitted
	consumer, err := sarama.NewConsumer(addresses, c)
	if err != nil {
		return nil, err
	}
	defer consumer.Close()
	partition, err := consumer.ConsumePartition(ask.Topic, 0, sarama.OffsetOldest)
	if err != nil {
		return nil, err
	}
	defer partition.Close()
	var records []driver.Record
	for len(records) < ask.Count {
		select {
		case each := <-partition.Messages():
			records = append(records, driver.Record{Partition: each.Partition, Offset: each.Offset, Value: string(each.Value)})
		case <-time.After(30 * time.Second):
			return driver.Records(records), nil
		}
	}
	return driver.Records(records), nil
}

func offsetForTime(ask driver.Ask) (driver.Answer, error) {
	client, err := sarama.NewClient(addresses, config())
	if err != nil {
		return nil, err
	}
	defer client.Close()
	offset, err := client.GetOffset(ask.Topic, ask.Partition, ask.Timestamp)
	return driver.Answer{"offset": offset}, err
}

func transactional(id string) (sarama.SyncProducer, error) {
	c := config()
	c.Producer.Idempotent = true
	c.Producer.Transaction.ID = id
	c.Net.MaxOpenRequests = 1
	return sarama.NewSyncProducer(addresses, c)
}

func send(producer sarama.SyncProducer, topic string, values ...string) error {
	if err := producer.BeginTxn(); err != nil {
		return err
	}
	for _, value := range values {
		if _, _, err := producer.SendMessage(message(topic, 0, value)); err != nil {
			return err
		}
	}
	return nil
}

func transaction(ask driver.Ask) (driver.Answer, error) {
	producer, err := transactional(ask.ID)
	if err != nil {
		return nil, err
	}
	defer producer.Close()
	if err := send(producer, ask.Topic, ask.Values...); err != nil {
		return nil, err
	}
	if ask.Commit {
		return driver.Done(producer.CommitTxn())
	}
	return driver.Done(producer.AbortTxn())
}

func fence(ask driver.Ask) (driver.Answer, error) {
	first, err := transactional(ask.ID)
	if err != nil {
		return nil, err
	}
	if err := send(first, ask.Topic, "of the fenced"); err != nil {
		return nil, err
	}
	second, err := transactional(ask.ID)
	if err != nil {
		return nil, err
	}
	defer second.Close()
	if err := first.CommitTxn(); err != nil {
		return driver.Answer{"error": err.Error()}, nil
	}
	return driver.Answer{"error": "none"}, nil
}

func main() {
	driver.Serve(map[string]func(driver.Ask) (driver.Answer, error){
		"createTopic": createTopic, "addPartitions": addPartitions, "deleteTopic": deleteTopic,
		"produce": produce, "consume": consume, "readCommitted": readCommitted, "offsetForTime": offsetForTime,
		"transaction": transaction, "fence": fence,
	})
}
