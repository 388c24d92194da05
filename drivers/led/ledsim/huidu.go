package ledsim

import (
	"bytes"
	"crypto/md5" //nolint:gosec // the protocol's own check of a file
	"encoding/binary"
	"encoding/hex"
	"image"
	"image/png"
	"slices"
	"time"
)

// Huidu is a full-colour player with the SDK protocol 2.0: it keeps files and programmes and
// plays its programmes in turn. Fields may be set before it is on the wire only.
type Huidu struct {
	// Size is the board it drives.
	Size image.Point
	// Own tells the card's usual programme by its GUID from a scene.
	Own func(guid string) bool
	// Appends makes AddProgram keep what was there before.
	Appends bool
	// Dated makes it switch to no programme whose date is past, and say kSuccess none the less.
	Dated bool
	// Busy is how often AddProgram is put off with kDownloadingFile.
	Busy int
	// Beats makes it ask for a heartbeat before every answer.
	Beats bool
	// Sync is multi-screen synchronisation: it does not switch.
	Sync bool
	// Frozen makes it play what it plays, whatever it is told, and say kSuccess.
	Frozen bool
	// Spoils is how many uploads it damages.
	Spoils int

	files      map[string]*huiduFile
	programmes []huiduProgram
	current    string
	playing    time.Duration // since it was switched to
	open       bool
	luminance  int
	clock      time.Time
	uploads    int
	sessions   int
}

type huiduFile struct {
	md5     string
	size    uint64
	content []byte
}

type huiduProgram struct {
	guid, file string
	dated      bool
	length     time.Duration
}

// NewHuidu is a lit player without any programme.
func NewHuidu(size image.Point, own func(guid string) bool) *Huidu {
	return &Huidu{Size: size, Own: own, open: true, luminance: 100, files: map[string]*huiduFile{}}
}

// Foreign puts a programme on the player that somebody else made.
func (h *Huidu) Foreign(guid string) {
	h.files[guid] = &huiduFile{}
	h.programmes = append(h.programmes, huiduProgram{guid: guid, file: guid, length: time.Minute})
	h.current = guid
}

// Holds are the GUIDs of the programmes, in order. Only while nothing is on the wire.
func (h *Huidu) Holds() []string {
	var guids []string
	for _, p := range h.programmes {
		guids = append(guids, p.guid)
	}
	return guids
}

// Files are the names of the files. Only while nothing is on the wire.
func (h *Huidu) Files() []string {
	var names []string
	for name := range h.files {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func (h *Huidu) programme(guid string) (huiduProgram, bool) {
	for _, p := range h.programmes {
		if p.guid == guid {
			return p, true
		}
	}
	return huiduProgram{}, false
}

// Shown is what a person before the board sees.
func (h *Huidu) Shown() Shown {
	s := Shown{Lit: h.open, Brightness: h.luminance, Clock: h.clock, Uploads: h.uploads}
	p, ok := h.programme(h.current)
	if !ok {
		return s
	}
	s.Scene = !h.Own(p.guid)
	if f := h.files[p.file]; f != nil {
		if img, err := png.Decode(bytes.NewReader(f.content)); err == nil {
			s.Picture = img
		}
	}
	return s
}

// Elapse lets the player go through its programmes.
func (h *Huidu) Elapse(d time.Duration) {
	h.playing += d
	for range 1000 {
		p, ok := h.programme(h.current)
		if ok && h.playing < p.length {
			return
		}
		if ok {
			h.playing -= p.length
		}
		h.advance()
	}
}

// advance goes on to the next programme that may play today.
func (h *Huidu) advance() {
	at := slices.IndexFunc(h.programmes, func(p huiduProgram) bool { return p.guid == h.current })
	for i := range h.programmes {
		if p := h.programmes[(at+1+i)%len(h.programmes)]; !p.dated {
			h.current = p.guid
			return
		}
	}
}

// PowerCycle begins with the first programme that may play; files and settings stay.
func (h *Huidu) PowerCycle() {
	h.current, h.playing, h.open = "", 0, true
	h.advance()
}

// Session is one connection, on which the handshake comes first.
func (h *Huidu) Session() Session { return &huiduSession{h: h} }

type huiduSession struct {
	h       *Huidu
	version bool
	guid    string
	xml     []byte
	upload  *huiduFile
	fresh   bool
}

// Next takes one frame.
func (s *huiduSession) Next(b []byte) (int, []byte) {
	if len(b) < 4 {
		return 0, nil
	}
	n := int(b[0]) | int(b[1])<<8
	if n < 4 || n > 9*1024 {
		return len(b), nil
	}
	if len(b) < n {
		return 0, nil
	}
	if b[2] == 0x60 && b[3] == 0 && n == 4 {
		return n, nil // the answer to our heartbeat asks for nothing
	}
	return n, slices.Clone(b[:n])
}

func huiduFrame(cmd int, body []byte) []byte {
	n := len(body) + 4
	return append([]byte{byte(n), byte(n >> 8), byte(cmd), byte(cmd >> 8)}, body...)
}

// Refuse is the error frame "not at this point of the protocol".
func (s *huiduSession) Refuse([]byte) []byte { return huiduFrame(0x2000, []byte{2, 0}) }

// Damage breaks the XML, or the length of a frame without any.
func (s *huiduSession) Damage(reply []byte) []byte {
	out := bytes.Replace(reply, []byte("</sdk>"), []byte("</sdq>"), 1)
	if len(out) > 2 && bytes.Equal(out, reply) {
		out = slices.Clone(out)
		out[0], out[1] = 3, 0
	}
	return out
}

// Carry does what one frame asks.
func (s *huiduSession) Carry(request []byte) []byte {
	reply := s.carry(int(request[2])|int(request[3])<<8, request[4:])
	if s.h.Beats && len(reply) > 0 {
		return append(huiduFrame(0x005F, nil), reply...)
	}
	return reply
}

func (s *huiduSession) carry(cmd int, body []byte) []byte {
	switch {
	case cmd == 0x005F && len(body) == 0:
		return huiduFrame(0x0060, nil)
	case cmd == 0x2001 && len(body) == 4 && body[3] == 1:
		s.version = true
		return huiduFrame(0x2002, []byte{9, 0, 0, 1})
	case !s.version:
		return s.Refuse(nil)
	case s.upload != nil:
		return s.receive(cmd, body)
	case cmd == 0x2003 && len(body) > 8:
		return s.ask(body)
	case cmd == 0x8001:
		return s.begin(body)
	}
	return s.Refuse(nil)
}

// begin starts an upload; what is there of a file of that name is kept.
func (s *huiduSession) begin(body []byte) []byte {
	if s.guid == "" || len(body) < 45 || body[32] != 0 || body[len(body)-1] != 0 || body[41] != 0 || body[42] != 0 {
		return huiduFrame(0x8002, append([]byte{8, 0}, make([]byte, 8)...))
	}
	name, sum := string(body[43:len(body)-1]), string(body[:32])
	size := binary.LittleEndian.Uint64(body[33:])
	f := s.h.files[name]
	s.fresh = f == nil
	if f == nil {
		f = &huiduFile{}
		s.h.files[name] = f
	}
	f.md5, f.size = sum, size
	s.upload = f
	return huiduFrame(0x8002, binary.LittleEndian.AppendUint64([]byte{0, 0}, uint64(len(f.content))))
}

// receive takes an upload's frames; nothing else may come between.
func (s *huiduSession) receive(cmd int, body []byte) []byte {
	f := s.upload
	switch {
	case cmd == 0x8003 && uint64(len(f.content)+len(body)) <= f.size:
		f.content = append(f.content, body...)
		return nil
	case cmd == 0x8005 && len(body) == 0:
	default:
		s.upload = nil
		return s.Refuse(nil)
	}
	s.upload = nil
	if s.h.Spoils > 0 && len(f.content) > 0 {
		s.h.Spoils--
		f.content[0] ^= 1
	}
	if uint64(len(f.content)) != f.size {
		return huiduFrame(0x8006, []byte{19, 0})
	}
	if s.fresh {
		s.h.uploads++
	}
	return huiduFrame(0x8006, []byte{0, 0})
}

// sum is the MD5 of what the player really has.
func (f *huiduFile) sum() string {
	sum := md5.Sum(f.content) //nolint:gosec // the protocol's own check of a file
	return hex.EncodeToString(sum[:])
}
