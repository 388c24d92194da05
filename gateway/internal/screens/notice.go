package screens

import (
	"encoding/json"
	"fmt"
	"time"

	"firepost/firmware-contracts/message"
)

// Times of a notice.
const (
	// NoticeFor is how long a notice stays that says nothing else.
	NoticeFor = 24 * time.Hour
	// LongestNotice is the longest that one may stay: an old one is worse than none.
	LongestNotice = 14 * 24 * time.Hour
)

// Notice is a short text for the public, for a while.
type Notice struct {
	Words
	// ID is the command's that ordered it; Author who did.
	ID     string `json:"id"`
	Author string `json:"author"`
	// Left is what is left of its time.
	Left time.Duration `json:"left_ns"`

	ends time.Duration // by the clock of this boot
}

// snapshot is the notice as it is kept; nil is kept as null.
func (n *Notice) snapshot(now message.Stamp) []byte {
	if n != nil {
		kept := *n
		kept.Left = n.ends - now.Mono
		n = &kept
	}
	data, err := json.Marshal(n)
	if err != nil {
		panic(err) // texts and a number always encode
	}
	return data
}

// restoreNotice takes up what an earlier process kept.
func restoreNotice(data []byte, now message.Stamp) (*Notice, error) {
	var n *Notice
	if err := json.Unmarshal(data, &n); err != nil {
		return nil, fmt.Errorf("understand the notice that was kept: %w", err)
	}
	if n == nil || n.ZH == "" || n.Left <= 0 {
		return nil, nil //nolint:nilnil // there is none
	}
	n.ends = now.Mono + min(n.Left, LongestNotice)
	return n, nil
}
