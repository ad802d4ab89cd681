// Drives kafka-go, which has no transactional producer.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/segmentio/kafka-go"
	"nagare.test/clients/driver"
)

var (
	ctx     = context.Background()
	address = kafka.TCP(os.Args[1])
	client  = &kafka.Client{Addr: address, Timeout: 30 * time.Second}
	codecs  = map[string]kafka.Compression{"gzip": kafka.Gzip, "snappy": kafka.Snappy, "lz4": kafka.Lz4, "zstd": kafka.Zstd}
)

func createTopic(ask driver.Ask) (driver.Answer, error) {
	topics := []kafka.TopicConfig{{Topic: ask.Topic, NumPartitions: int(ask.Partitions), ReplicationFactor: 1}}
	made, err := client.CreateTopics(ctx, &kafka.CreateTopicsRequest{Topics: topics})
	if err != nil {
		return nil, err
	}
	return driver.Done(made.Errors[ask.Topic])
}

func addPartitions(ask driver.Ask) (driver.Answer, error) {
	topics := []kafka.TopicPartitionsConfig{{Name: ask.Topic, Count: ask.Partitions}}
	made, err := client.CreatePartitions(ctx, &kafka.CreatePartitionsRequest{Topics: topics})
	if err != nil {
		return nil, err
	}
	return driver.Done(made.Errors[ask.Topic])
}

func deleteTopic(ask driver.Ask) (driver.Answer, error) {
	gone, err := client.DeleteTopics(ctx, &kafka.DeleteTopicsRequest{Topics: []string{ask.Topic}})
	if err != nil {
		return nil, err
	}
	return driver.Done(gone.Errors[ask.Topic])
}

// to sends everything to one partition.
type to int32

func (partition to) Balance(kafka.Message, ...int) int { return int(partition) }

func produce(ask driver.Ask) (driver.Answer, error) {
	writer := &kafka.Writer{
		Addr: address, Topic: ask.Topic, Balancer: to(ask.Partition), Compression: codecs[ask.Codec],
		AllowAutoTopicCreation: true, Transport: &kafka.Transport{}, // Its own, which remembers no partitions.
		RequiredAcks: kafka.RequireAll, BatchSize: len(ask.Values), BatchTimeout: 20 * time.Millisecond,
	}
	defer writer.Close()
	var messages []kafka.Message
	for n, value := range ask.Values {
		messages = append(messages, kafka.Message{Value: []byte(value), Time: time.UnixMilli(ask.Timestamp + int64(n))})
	}
	err := writer.WriteMessages(ctx, messages...)
	// It does not itself wait for the topic that its question has made.
	for start := time.Now(); errors.Is(err, kafka.UnknownTopicOrPartition) && time.Since(start) < 30*time.Second; {
		time.Sleep(50 * time.Millisecond)
		err = writer.WriteMessages(ctx, messages...)
	}
	return driver.Done(err)
}

func consume(ask driver.Ask) (driver.Answer, error) {
	reader := kafka.NewReader(kafka.ReaderConfig{
		Brokers: []string{os.Args[1]}, GroupID: ask.Group, Topic: ask.Topic, StartOffset: kafka.FirstOffset,
		SessionTimeout: 6 * time.Second, HeartbeatInterval: time.Second, MaxWait: 200 * time.Millisecond,
	})
	deadline, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	var records []driver.Record
	var last []kafka.Message
	for len(records) < ask.Count {
		each, err := reader.FetchMessage(deadline)
		if err != nil {
			return nil, err
		}
		records = append(records, driver.Record{Partition: int32(each.Partition), Offset: each.Offset, Value: string(each.Value)})
		last = append(last, each)
	}
	return driver.Records(records), reader.CommitMessages(ctx, last...)
}

func readCommitted(ask driver.Ask) (driver.Answer, error) {
	reader := kafka.NewReader(kafka.ReaderConfig{
		Brokers: []string{os.Args[1]}, Topic: ask.Topic, Partition: 0, IsolationLevel: kafka.ReadCommitted, MaxWait: 200 * time.Millisecond,
	})
	defer reader.Close()
	deadline, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	var records []driver.Record
	for len(records) < ask.Count {
		each, err := reader.ReadMessage(deadline)
		if err != nil {
			return nil, err
		}
		records = append(records, driver.Record{Partition: int32(each.Partition), Offset: each.Offset, Value: string(each.Value)})
	}
	return driver.Records(records), nil
}

func offsetForTime(ask driver.Ask) (driver.Answer, error) {
	asked := kafka.TimeOffsetOf(int(ask.Partition), time.UnixMilli(ask.Timestamp))
	listed, err := client.ListOffsets(ctx, &kafka.ListOffsetsRequest{Topics: map[string][]kafka.OffsetRequest{ask.Topic: {asked}}})
	if err != nil {
		return nil, err
	}
	for _, found := range listed.Topics[ask.Topic] {
		for offset := range found.Offsets {
			return driver.Answer{"offset": offset}, found.Error
		}
	}
	return nil, fmt.Errorf("no offset for %d", ask.Timestamp)
}

func main() {
	driver.Serve(map[string]func(driver.Ask) (driver.Answer, error){
		"createTopic": createTopic, "addPartitions": addPartitions, "deleteTopic": deleteTopic,
		"produce": produce, "consume": consume, "readCommitted": readCommitted, "offsetForTime": offsetForTime,
	})
}
