package proof

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"firepost/firmware-contracts/message"
	"firepost/kiosk/programme"
)

// How is how an item's showing ended.
type How string

// The ends of a showing.
const (
	// Ended: it ran for the whole of its slot.
	Ended How = "ended"
	// Interrupted: a takeover or a change cut it short.
	Interrupted How = "interrupted"
	// Failed: it could not be shown, or not to its end.
	Failed How = "failed"
)

// Record is one item that a player says it has shown.
type Record struct {
	// Screen is the screen's name, Zone its part, Item the item's id.
	Screen, Zone, Item string
	// Programme is the programme's Name at that time.
	Programme string
	// From and Until are times since boot.
	From, Until time.Duration
	How         How
	// Why says what failed.
	Why string
	// At is when the record came in.
	At message.Stamp
}

// Reason is why a record was not believed.
type Reason string

// The reasons.
const (
	UnknownScreen    Reason = "unknown_screen"
	UnknownZone      Reason = "unknown_zone"
	UnknownProgramme Reason = "unknown_programme"
	UnknownItem      Reason = "unknown_item"
	UnknownEnd       Reason = "unknown_end"
	// Negative: it ended before it began, or began before the boot.
	Negative Reason = "negative"
	// TooLong: it lasted longer than any slot of its item.
	TooLong Reason = "too_long"
	// InFuture: it ended after it was reported.
	InFuture Reason = "in_future"
	// TooOld: it ended more than a day before it was reported.
	TooOld Reason = "too_old"
	// Overlap: another record of the same zone covers that time, or this is its repetition.
	Overlap Reason = "overlap"
	// TooMany: the day's table is full.
	TooMany Reason = "too_many"
)

// ErrRejected is wrapped by Add when a record can't be true.
var ErrRejected = errors.New("record rejected")

// Slack is how far a page's reckoning of the time since boot may be off.
const Slack = 2 * time.Second

// mostDelay is how long a record may have been on its way.
const mostDelay = 24 * time.Hour

const maxWhy = 120

func reject(r *Record, why Reason, format string, args ...any) (Reason, error) {
	return why, fmt.Errorf("%w: item %q on %q: %s: %s", ErrRejected, clip(r.Item), clip(r.Screen), why, fmt.Sprintf(format, args...))
}

// check says why a record can't be true; it returns "" and nil for one that can.
func (b *Book) check(r *Record) (Reason, error) {
	switch programme.Zone(r.Zone) {
	case programme.Main, programme.Ticker, programme.Clock, programme.QR:
	default:
		return reject(r, UnknownZone, "zone %q", clip(r.Zone))
	}
	if !b.screens[r.Screen] {
		return reject(r, UnknownScreen, "the booth has no such screen")
	}
	items, ok := b.known(r.Programme)
	if !ok {
		return reject(r, UnknownProgramme, "programme %q is neither the present nor the one before", clip(r.Programme))
	}
	slot, ok := items[r.Item]
	if !ok {
		return reject(r, UnknownItem, "%s has no such item", r.Programme)
	}
	if r.How != Ended && r.How != Interrupted && r.How != Failed {
		return reject(r, UnknownEnd, "%q is none of ended, interrupted, failed", clip(string(r.How)))
	}
	length, most := r.Until-r.From, slot+programme.MostHeld+Slack
	switch {
	case r.From < 0 || r.Until < r.From || length == 0 && r.How == Ended:
		return reject(r, Negative, "from %s to %s", r.From, r.Until)
	case length > most:
		return reject(r, TooLong, "%s, its longest slot is %s", length, most)
	case r.Until > r.At.Mono+Slack:
		return reject(r, InFuture, "until %s, now is %s", r.Until, r.At.Mono)
	case r.At.Mono-r.Until > mostDelay:
		return reject(r, TooOld, "until %s, now is %s", r.Until, r.At.Mono)
	}
	if last, ok := b.last[place{r.Screen, r.Zone}]; ok && (r.From < last.until-Slack || r.From == last.from && r.Until == last.until) {
		return reject(r, Overlap, "from %s, the zone was taken until %s", r.From, last.until)
	}
	return "", nil
}

// clip keeps a text on one line and short.
func clip(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "�"))
	if r := []rune(s); len(r) > maxWhy {
		return string(r[:maxWhy-1]) + "…"
	}
	return s
}
