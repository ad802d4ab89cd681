// Package driver answers commands, one line of JSON each; see ../../driver.ts.
package driver

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
)

// Ask is a command with what it needs.
type Ask struct {
	Command    string   `json:"command"`
	Topic      string   `json:"topic"`
	Partitions int32    `json:"partitions"`
	Partition  int32    `json:"partition"`
	Codec      string   `json:"codec"`
	Values     []string `json:"values"`
	Timestamp  int64    `json:"timestamp"`
	Group      string   `json:"group"`
	Count      int      `json:"count"`
	Protocol   string   `json:"protocol"`
	ID         string   `json:"id"`
	Commit     bool     `json:"commit"`
}

// Record is one that was read.
type Record struct {
	Partition int32  `json:"partition"`
	Offset    int64  `json:"offset"`
	Value     string `json:"value"`
}

// Answer is what a command gave.
type Answer map[string]any

// Serve answers until standard input ends.
func Serve(commands map[string]func(Ask) (Answer, error)) {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<26)
	out := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		var ask Ask
		answer, err := Answer(nil), json.Unmarshal(lines.Bytes(), &ask)
		if err == nil {
			answer, err = commands[ask.Command](ask)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			answer = Answer{"failed": err.Error()}
		} else if answer == nil {
			answer = Answer{}
		}
		out.Encode(answer)
	}
}

// Done is the answer of a command that only had to be done.
func Done(err error) (Answer, error) { return nil, err }

// Records is the answer of a command that read.
func Records(records []Record) Answer { return Answer{"records": records} }
