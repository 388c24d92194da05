package host

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"
)

var errNoClock = errors.New("no clock was given")

func (r *Reader) readClock(context.Context) Fact[Clock] {
	if r.o.Now == nil {
		return unknown[Clock](errNoClock)
	}
	now := r.o.Now()
	return known(Clock{Trusted: now.Trusted, Wall: now.Wall})
}

// readRTC reads the battery-backed clock. One that has lost its
// time refuses to say (EINVAL), which is Unknown.
func (r *Reader) readRTC(context.Context) Fact[RTC] {
	all, err := names(r.sys("class", "rtc"))
	switch {
	case err != nil:
		return unknown[RTC](fmt.Errorf("find rtc: %w", err))
	case len(all) == 0 && r.o.RTC == "":
		return absent[RTC]()
	}
	name := r.o.RTC
	if name == "" {
		name = all[0]
	}
	path := r.sys("class", "rtc", name, "since_epoch")
	text, err := readValue(path)
	if err != nil {
		return unknown[RTC](err)
	}
	s, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return unknown[RTC](fmt.Errorf("read value: %s: %w", path, err))
	}
	return known(RTC{Name: name, At: time.Unix(s, 0).UTC()})
}
