package state

import (
	"bytes"
	"encoding/json"
)

// tail is how much of the log's end holds the last record of all but the largest.
const tail = 1 << 20

// Last is the log's last record; false if there is none that can be read.
func (l Log) Last() (Record, bool) {
	for _, path := range []string{l.Path, l.older()} {
		o, err := openRegular(path)
		if err != nil {
			continue
		}
		record, found := last(o)
		o.close()
		if found {
			return record, true
		}
	}
	return Record{}, false
}

func last(o opened) (record Record, found bool) {
	text := make([]byte, min(o.info.Size(), tail))
	if _, err := o.file.ReadAt(text, o.info.Size()-int64(len(text))); err != nil {
		return record, false
	}
	for len(text) > 0 && !found {
		start := bytes.LastIndexByte(bytes.TrimSuffix(text, []byte("\n")), '\n') + 1
		record = Record{}
		found = json.Unmarshal(text[start:], &record) == nil && record.usable()
		text = text[:start]
	}
	return record, found
}
