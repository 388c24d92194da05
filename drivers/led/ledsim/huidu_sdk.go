package ledsim

import (
	"bytes"
	"encoding/binary"
	"encoding/xml"
	"errors"
	"fmt"
	"html"
	"io"
	"strconv"
	"strings"
	"time"
)

// huiduNode is any element.
type huiduNode struct {
	XMLName  xml.Name
	Attrs    []xml.Attr  `xml:",any,attr"`
	Children []huiduNode `xml:",any"`
}

func (n huiduNode) attr(name string) string {
	for _, a := range n.Attrs {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

func (n huiduNode) at(path ...string) huiduNode {
	for _, name := range path {
		found := huiduNode{}
		for _, c := range n.Children {
			if c.XMLName.Local == name {
				found = c
				break
			}
		}
		n = found
	}
	return n
}

// ask puts the pieces of a request together and answers it.
func (s *huiduSession) ask(body []byte) []byte {
	total, at := binary.LittleEndian.Uint32(body), binary.LittleEndian.Uint32(body[4:])
	if int(at) != len(s.xml) || total > 1<<20 {
		s.xml = nil
		return s.Refuse(nil)
	}
	s.xml = append(s.xml, body[8:]...)
	if len(s.xml) < int(total) {
		return nil
	}
	text := s.xml
	s.xml = nil
	var sdk huiduNode
	d := xml.NewDecoder(bytes.NewReader(text))
	if err := d.Decode(&sdk); err != nil || sdk.XMLName.Local != "sdk" {
		return huiduFrame(0x2000, []byte{22, 0})
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return huiduFrame(0x2000, []byte{22, 0})
	}
	in := sdk.at("in")
	method := in.attr("method")
	if method == "GetIFVersion" {
		if sdk.attr("guid") != "##GUID" || in.at("version").attr("value") == "" {
			return s.answer(method, "kInvalidGUID", "")
		}
		s.h.sessions++
		s.guid = fmt.Sprintf("41f8d777a9d83984e49fce04ea%06x", s.h.sessions)
		return s.answer(method, "kSuccess", `<version value="1000000"/>`)
	}
	if s.guid == "" || sdk.attr("guid") != s.guid {
		return s.answer(method, "kInvalidGUID", "")
	}
	result, out := s.h.method(method, in)
	return s.answer(method, result, out)
}

// answer is the XML of a result, in pieces of at most 8000 bytes.
func (s *huiduSession) answer(method, result, inner string) []byte {
	text := fmt.Sprintf("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<sdk guid=%q>\n    <out result=%q method=%q>%s</out>\n</sdk>\n",
		s.guid, result, html.EscapeString(method), inner)
	var out []byte
	for at := 0; at < len(text); at += 8000 {
		piece := text[at:min(at+8000, len(text))]
		head := binary.LittleEndian.AppendUint32(nil, uint32(len(text)))
		head = binary.LittleEndian.AppendUint32(head, uint32(at))
		out = append(out, huiduFrame(0x2004, append(head, piece...))...)
	}
	return out
}

// method carries one SDK method out. What it does not know it refuses.
func (h *Huidu) method(name string, in huiduNode) (result, out string) {
	const ok = "kSuccess"
	switch name {
	case "GetDeviceInfo":
		return ok, fmt.Sprintf(`<device model="C16L" cpu="RK.px30" name="BoxPlayer" id="C16L-D00-A000F"/>`+
			`<version kernel="" hardware="HD-C16L-V1.X" fpga="16.12.0.0" app="7.10.78.1"/><screen rotation="0" width="%d" height="%d"/>`, h.Size.X, h.Size.Y)
	case "GetMulScreenSync":
		return ok, fmt.Sprintf(`<enable value="%t"/>`, h.Sync)
	case "OpenScreen", "CloseScreen":
		h.open = name == "OpenScreen"
		return ok, ""
	case "GetSwitchTime":
		return ok, fmt.Sprintf(`<open enable="%t"/><ploy enable="false"/>`, h.open)
	case "GetLuminancePloy":
		return ok, fmt.Sprintf(`<mode value="default"/><default value="%d"/><sensor max="100" count="0" min="1" time="5"/><ploy/>`, h.luminance)
	case "SetLuminancePloy":
		return h.dim(in), ""
	case "GetTimeInfo":
		return ok, `<timezone value="(UTC+08:00)Beijing,Chongqing,HongKong,Urumchi"/><summer enable="false"/><sync value="ntp"/>` +
			`<time value="2025-07-08 17:05:06"/><server list=""/><rf><enable value="false"/><master value="false"/><channel value="-1"/></rf>`
	case "SetTimeInfo":
		return h.setTime(in), ""
	case "GetCurrentPlayProgramGUID":
		return ok, fmt.Sprintf(`<program guid="%s"/>`, html.EscapeString(h.current))
	case "SwitchProgram":
		return h.turn(in.at("program").attr("guid")), ""
	}
	return h.contentMethod(name, in)
}

// contentMethod carries out what concerns programmes and files.
func (h *Huidu) contentMethod(name string, in huiduNode) (result, out string) {
	var b strings.Builder
	switch name {
	case "GetProgram":
		b.WriteString(`<screen>`)
		for _, p := range h.programmes {
			fmt.Fprintf(&b, `<program guid="%s" type="normal"><playControl count="1"/><area guid="a"><resource><image><file name="%s"/></image></resource></area></program>`,
				html.EscapeString(p.guid), html.EscapeString(p.file))
		}
		b.WriteString(`</screen>`)
	case "AddProgram":
		return h.add(in.at("screen")), ""
	case "DeleteProgram":
		guid := in.at("program").attr("guid")
		for i, p := range h.programmes {
			if p.guid == guid {
				h.programmes = append(h.programmes[:i:i], h.programmes[i+1:]...)
				if h.current == guid {
					h.PowerCycle()
				}
				return "kSuccess", ""
			}
		}
		return "kNodeNotExist", ""
	case "GetFiles":
		b.WriteString(`<files>`)
		for _, name := range h.Files() {
			f := h.files[name]
			fmt.Fprintf(&b, `<file existSize="%d" name="%s" md5="%s" type="image" size="%d"/>`, len(f.content), html.EscapeString(name), f.sum(), f.size)
		}
		b.WriteString(`</files>`)
	case "DeleteFiles":
		for _, f := range in.at("files").Children {
			delete(h.files, f.attr("name"))
		}
	default:
		return "kInvalidMethod", ""
	}
	return "kSuccess", b.String()
}

func (h *Huidu) dim(in huiduNode) string {
	for _, name := range []string{"mode", "default", "ploy", "sensor"} {
		if in.at(name).XMLName.Local == "" {
			return "kParseXmlFailed"
		}
	}
	v, err := strconv.Atoi(in.at("default").attr("value"))
	if err != nil || v < 1 || v > 100 || in.at("mode").attr("value") != "default" {
		return "kInvalidParam"
	}
	h.luminance = v
	return "kSuccess"
}

func (h *Huidu) setTime(in huiduNode) string {
	t, err := time.Parse(time.DateTime, in.at("time").attr("value"))
	if err != nil || in.at("sync").attr("value") != "none" || in.at("timezone").attr("value") == "" ||
		in.at("rf", "channel").attr("value") != "-1" || in.at("server").XMLName.Local == "" {
		return "kParseXmlFailed"
	}
	h.clock = t
	return "kSuccess"
}

// turn switches to a programme.
func (h *Huidu) turn(guid string) string {
	p, known := h.programme(guid)
	if !known {
		return "kInvalidXmlIndex"
	}
	if h.Frozen || h.Sync || h.Dated && p.dated {
		return "kSuccess"
	}
	h.current, h.playing = guid, 0
	return "kSuccess"
}

// add takes a screen.
func (h *Huidu) add(screen huiduNode) string {
	if h.Busy > 0 {
		h.Busy--
		return "kDownloadingFile"
	}
	if _, err := strconv.ParseUint(screen.attr("timeStamps"), 10, 64); err != nil {
		return "kScreenNodeIsNull"
	}
	var fresh []huiduProgram
	for _, c := range screen.Children {
		p, result := h.parse(c)
		if result != "kSuccess" {
			return result
		}
		fresh = append(fresh, p)
	}
	if len(fresh) == 0 {
		return "kScreenNodeIsNull"
	}
	if h.Appends {
		for _, old := range h.programmes {
			again := false
			for _, p := range fresh {
				again = again || p.guid == old.guid
			}
			if !again {
				fresh = append(fresh, old)
			}
		}
	}
	h.programmes = fresh
	if !h.Frozen {
		h.PowerCycle()
	}
	return "kSuccess"
}

// parse takes one programme with exactly one picture that covers the board.
func (h *Huidu) parse(n huiduNode) (huiduProgram, string) {
	area := n.at("area")
	rectangle, picture := area.at("rectangle"), area.at("resources", "image")
	count, err := strconv.Atoi(n.at("playControl").attr("count"))
	stay, err2 := strconv.Atoi(picture.at("effect").attr("duration"))
	p := huiduProgram{guid: n.attr("guid"), file: picture.at("file").attr("name")}
	f := h.files[p.file]
	switch {
	case n.XMLName.Local != "program", n.attr("type") != "normal", p.guid == "", area.attr("guid") == "", picture.attr("guid") == "",
		err != nil, err2 != nil, count < 1, count > 999, stay < 1,
		rectangle.attr("x") != "0", rectangle.attr("y") != "0",
		rectangle.attr("width") != strconv.Itoa(h.Size.X), rectangle.attr("height") != strconv.Itoa(h.Size.Y):
		return p, "kParseXmlFailed"
	case f == nil || uint64(len(f.content)) != f.size:
		return p, "kDownloadFileFailed"
	}
	p.length = time.Duration(count) * time.Duration(stay) * 100 * time.Millisecond
	if date := n.at("playControl", "date"); date.XMLName.Local != "" {
		start, err := time.Parse(time.DateOnly, date.attr("start"))
		end, err2 := time.Parse(time.DateOnly, date.attr("end"))
		if err != nil || err2 != nil || end.Before(start) {
			return p, "kParseXmlFailed"
		}
		p.dated = end.Before(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC))
	}
	return p, "kSuccess"
}
