// Drives franz-go.
package main

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"nagare.test/clients/driver"
)

var (
	ctx    = context.Background()
	codecs = map[string]kgo.CompressionCodec{
		"none": kgo.NoCompression(), "gzip": kgo.GzipCompression(), "snappy": kgo.SnappyCompression(),
		"lz4": kgo.Lz4Compression(), "zstd": kgo.ZstdCompression(),
	}
)

func client(options ...kgo.Opt) (*kgo.Client, error) {
	return kgo.NewClient(append(options, kgo.SeedBrokers(os.Args[1]), kgo.AllowAutoTopicCreation())...)
}

func withAdmin(act func(*kadm.Client) error) (driver.Answer, error) {
	c, err := client()
	if err != nil {
		return nil, err
	}
	defer c.Close()
	return driver.Done(act(kadm.NewClient(c)))
}

func createTopic(ask driver.Ask) (driver.Answer, error) {
	return withAdmin(func(admin *kadm.Client) error {
		made, err := admin.CreateTopic(ctx, ask.Partitions, 1, nil, ask.Topic)
		return errors.Join(err, made.Err)
	})
}

func addPartitions(ask driver.Ask) (driver.Answer, error) {
	return withAdmin(func(admin *kadm.Client) error {
		made, err := admin.UpdatePartitions(ctx, int(ask.Partitions), ask.Topic)
		if err != nil {
			return err
		}
		return made.Error()
	})
}

func deleteTopic(ask driver.Ask) (driver.Answer, error) {
	return withAdmin(func(admin *kadm.Client) error {
		gone, err := admin.DeleteTopic(ctx, ask.Topic)
		return errors.Join(err, gone.Err)
	})
}

func produce(ask driver.Ask) (driver.Answer, error) {
	c, err := client(kgo.ProducerBatchCompression(codecs[ask.Codec]), kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.ProducerLinger(20*time.Millisecond))
	if err != nil {
		return nil, err
	}
	defer c.Close()
	var records []*kgo.Record
	for n, value := range ask.Values {
		records = append(records, &kgo.Record{Topic: ask.Topic, Partition: ask.Partition, Value: []byte(value), Timestamp: time.UnixMilli(ask.Timestamp + int64(n))})
	}
	return driver.Done(c.ProduceSync(ctx, records...).FirstErr())
}

func read(c *kgo.Client, count int) ([]driver.Record, map[int32]kgo.EpochOffset, error) {
	deadline, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	var records []driver.Record
	ends := map[int32]kgo.EpochOffset{}
	for len(records) < count {
		fetches := c.PollRecords(deadline, count-len(records))
		if err := fetches.Err(); err != nil {
			return nil, nil, err
		}
		fetches.EachRecord(func(r *kgo.Record) {
			records = append(records, driver.Record{Partition: r.Partition, Offset: r.Offset, Value: string(r.Value)})
			ends[r.Partition] = kgo.EpochOffset{Epoch: r.LeaderEpoch, Offset: r.Offset + 1}
		})
	}
	return records, ends, nil
}

func consume(ask driver.Ask) (driver.Answer, error) {
	member := ctx
	if ask.Protocol == "consumer" {
		member = context.WithValue(ctx, "opt_in_kafka_next_gen_balancer_beta", true)
	}
	c, err := client(
		kgo.WithContext(member), kgo.ConsumerGroup(ask.Group), kgo.ConsumeTopics(ask.Topic), kgo.DisableAutoCommit(),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.SessionTimeout(6*time.Second), kgo.HeartbeatInterval(time.Second))
	if err != nil {
		return nil, err
	}
	records, ends, err := read(c, ask.Count)
	if err != nil {
		return nil, err
	}
	failed := error(nil)
	c.CommitOffsetsSync(ctx, map[string]map[int32]kgo.EpochOffset{ask.Topic: ends}, nil)
	for partition, end := range ends {
		if c.CommittedOffsets()[ask.Topic][partition].Offset != end.Offset {
			failed = errors.New("the commit was refused")
		}
	}
	return driver.Records(records), failed
}

func readCommitted(ask driver.Ask) (driver.Answer, error) {
	c, err := client(
		kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{ask.Topic: {0: kgo.NewOffset().AtStart()}}))
	if err != nil {
		return nil, err
	}
	defer c.Close()
	records, _, err := read(c, ask.Count)
	return driver.Records(records), err
}

func offsetForTime(ask driver.Ask) (driver.Answer, error) {
	offset := int64(-1)
	_, err := withAdmin(func(admin *kadm.Client) error {
		listed, err := admin.ListOffsetsAfterMilli(ctx, ask.Timestamp, ask.Topic)
		if found, ok := listed.Lookup(ask.Topic, ask.Partition); ok && found.Timestamp >= 0 {
			offset = found.Offset
		}
		return err
	})
	return driver.Answer{"offset": offset}, err
}

func transactional(id string) (*kgo.Client, error) {
	return client(kgo.TransactionalID(id), kgo.RecordPartitioner(kgo.ManualPartitioner()))
}

func transaction(ask driver.Ask) (driver.Answer, error) {
	c, err := transactional(ask.ID)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	if err := c.BeginTransaction(); err != nil {
		return nil, err
	}
	for _, value := range ask.Values {
		if err := c.ProduceSync(ctx, &kgo.Record{Topic: ask.Topic, Value: []byte(value)}).FirstErr(); err != nil {
			return nil, err
		}
	}
	return driver.Done(c.EndTransaction(ctx, kgo.TransactionEndTry(ask.Commit)))
}

func fence(ask driver.Ask) (driver.Answer, error) {
	first, err := transactional(ask.ID)
	if err != nil {
		return nil, err
	}
	defer first.Close()
	if err := first.BeginTransaction(); err != nil {
		return nil, err
	}
	if err := first.ProduceSync(ctx, &kgo.Record{Topic: ask.Topic, Value: []byte("of the fenced")}).FirstErr(); err != nil {
		return nil, err
	}
	if _, err := transaction(driver.Ask{Topic: ask.Topic, ID: ask.ID, Values: []string{"of the fencing"}}); err != nil {
		return nil, err
	}
	err = first.EndTransaction(ctx, kgo.TryCommit)
	var refused *kerr.Error
	if errors.As(err, &refused) {
		return driver.Answer{"error": refused.Message}, nil
	}
	if err != nil {
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
