package tvsim

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"strings"
)

// goldstar answers LG's serial requests: "ka 01 ff\r".
type goldstar struct {
	id     byte
	silent bool // says nothing in standby but to "ka 01 01"
}

// NewLG is a set of that id, off, on HDMI 1 at a volume of 10. With silent it does not answer in
// standby, as the manuals of many models say.
func NewLG(id byte, silent bool) *Set {
	return &Set{protocol: goldstar{id: id, silent: silent}, state: State{Input: "hdmi1", Volume: 10}}
}

func (p goldstar) split(b []byte) (request []byte, used int) {
	i := bytes.IndexByte(b, '\r')
	if i < 0 {
		return nil, 0
	}
	parts := strings.Split(string(b[:i]), " ")
	if len(parts) != 3 || len(parts[0]) != 2 {
		return nil, i + 1
	}
	values, err := hex.DecodeString(parts[1] + parts[2])
	if err != nil || len(values) != 2 {
		return nil, i + 1
	}
	return append([]byte(parts[0]), values...), i + 1
}

func (p goldstar) reply(letter byte, verdict string, value byte) []byte {
	return fmt.Appendf(nil, "%c %02x %s%02xx", letter, p.id, verdict, value)
}

func (p goldstar) refuse(request []byte) []byte { return p.reply(request[1], "NG", 2) }

func (p goldstar) apply(request []byte, st *State) []byte {
	command, id, value := string(request[:2]), request[2], request[3]
	if id != p.id && id != 0 {
		return nil
	}
	wakes := command == "ka" && value == 1
	if !st.On && p.silent && !wakes {
		return nil
	}
	if !st.On && command != "ka" {
		return p.refuse(request)
	}
	codes := map[string]byte{"hdmi1": 0x90, "hdmi2": 0x91, "av1": 0x20, "pc": 0x60}
	var now byte
	var ok bool
	switch command {
	case "ka":
		if value <= 1 {
			st.On = value == 1
		}
		now, ok = flag(st.On), value <= 1 || value == 0xFF
	case "kf":
		if value <= 100 {
			st.Volume = int(value)
		}
		now, ok = byte(st.Volume), value <= 100 || value == 0xFF
	case "ke":
		now, ok = flag(!st.Muted), value == 0xFF
	case "xb":
		for name, code := range codes {
			if code == value {
				st.Input = name
			}
		}
		now = codes[st.Input]
		ok = now == value || value == 0xFF
	}
	if !ok {
		return p.refuse(request)
	}
	return p.reply(command[1], "OK", now)
}
