package tvsim

// samsung answers MDC requests: AA cmd id len data sum.
type samsung struct{ id byte }

// NewSamsung is a set of that id, off, on HDMI 1 at a volume of 10.
func NewSamsung(id byte) *Set {
	return &Set{protocol: samsung{id: id}, state: State{Input: "hdmi1", Volume: 10}}
}

func (p samsung) split(b []byte) (request []byte, used int) {
	if len(b) == 0 {
		return nil, 0
	}
	if b[0] != 0xAA {
		return nil, 1
	}
	if len(b) < 5 || len(b) < 5+int(b[3]) {
		return nil, 0
	}
	n := 5 + int(b[3])
	total := 0
	for _, c := range b[1 : n-1] {
		total += int(c)
	}
	if byte(total) != b[n-1] {
		return nil, 1
	}
	return append([]byte(nil), b[:n]...), n
}

// reply is AA FF id len verdict cmd values sum.
func (p samsung) reply(verdict, cmd byte, values ...byte) []byte {
	out := []byte{0xAA, 0xFF, p.id, byte(len(values) + 2), verdict, cmd}
	out = append(out, values...)
	total := 0
	for _, c := range out[1:] {
		total += int(c)
	}
	return append(out, byte(total))
}

func (p samsung) refuse(request []byte) []byte { return p.reply('N', request[1], 1) }

func (p samsung) apply(request []byte, st *State) []byte {
	if request[2] != p.id {
		return nil // another set's
	}
	cmd, data := request[1], request[4:len(request)-1]
	codes := map[string]byte{"hdmi1": 0x21, "hdmi2": 0x23, "dvi": 0x18, "pc": 0x14}
	switch {
	case cmd == 0x11 && len(data) == 0:
	case cmd == 0x11 && len(data) == 1 && data[0] <= 1:
		st.On = data[0] == 1
	case !st.On:
		return p.refuse(request)
	case cmd == 0x00 && len(data) == 0:
		return p.reply('A', cmd, flag(st.On), byte(st.Volume), flag(st.Muted), codes[st.Input], 0x10, 0, 0)
	case cmd == 0x12 && len(data) == 1 && data[0] <= 100:
		st.Volume = int(data[0])
		return p.reply('A', cmd, data[0])
	case cmd == 0x14 && len(data) == 1:
		for name, code := range codes {
			if code == data[0] {
				st.Input = name
				return p.reply('A', cmd, code)
			}
		}
		return p.refuse(request)
	default:
		return p.refuse(request)
	}
	return p.reply('A', cmd, flag(st.On))
}

func flag(b bool) byte {
	if b {
		return 1
	}
	return 0
}
