package huidu

import (
	"encoding/xml"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"
)

// deviceInfo is a C16L's own answer as its maker prints it, cut to what is used.
const deviceInfo = `<?xml version="1.0" encoding="utf-8"?>
<sdk guid="331a61827a1d7707208524bba7c2ed84">
    <out result="kSuccess" method="GetDeviceInfo">
        <device model="C16L" cpu="RK.px30" name="BoxPlayer" id="C16L-D00-A000F"/>
        <version kernel="" hardware="HD-C16L-V1.X" fpga="16.12.0.0" app="7.10.78.1"/>
        <screen rotation="0" width="128" height="64"/>
    </out>
</sdk>
`

func TestReadAnswer(t *testing.T) {
	sdk, err := parseXML(deviceInfo)
	if err != nil {
		t.Fatal(err)
	}
	out := sdk.child("out")
	if sdk.get("guid") != "331a61827a1d7707208524bba7c2ed84" || out.get("result") != "kSuccess" || out.child("device").get("model") != "C16L" ||
		out.child("version").get("kernel") != "" || out.child("screen").get("width") != "128" || out.child("nothing").child("at all").get("x") != "" {
		t.Errorf("%+v", sdk)
	}
}

func TestReadText(t *testing.T) {
	n, err := parseXML(`<a q='"' n="&lt;&#65;&#x4e2d;&apos;"><!-- <b> --><s> 火警 &amp; <b/> x</s></a>` + "\x00\n")
	if err != nil {
		t.Fatal(err)
	}
	if n.get("q") != `"` || n.get("n") != "<A中'" || n.child("s").text != "火警 &  x" || len(n.child("s").children) != 1 {
		t.Errorf("%+v, %+v", n, n.child("s"))
	}
}

func TestRefusedXML(t *testing.T) {
	for _, s := range []string{
		"", " ", "x", "<", "<a", "<a>", "<a/", "<a></b>", "<a><b></a></b>", "<a x></a>", "<a x=1/>", `<a x="1/>`, `<a x="1" x="2"/>`,
		"<a/><b/>", "<a/>x", "</a>", "< a/>", "<a>&nbsp;</a>", "<a>&#0;</a>", "<a>&#xD800;</a>", "<a>&#x110000;</a>", "<a>&#-1;</a>", "<a>&amp</a>",
		"<a>\xff</a>", "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>", "<?xml", "<?php x?><a/>", "<a><![CDATA[x]]></a>", "<!-- <a/>", `<a x="<"/>`,
		strings.Repeat("<a>", 40) + strings.Repeat("</a>", 40),
		"<a>" + strings.Repeat("<b/>", maxNodes) + "</a>",
	} {
		if n, err := parseXML(s); !errors.Is(err, errXML) {
			t.Errorf("%.40q: %+v, %v", s, n, err)
		}
	}
}

// TestEscaping: whatever is written, a reader that is not ours reads the same.
func TestEscaping(t *testing.T) {
	for _, s := range []string{`a"b'c<d>e&f`, "火警 3号楼", "tab\tline\nreturn\r", "&amp;", "]]>", "\U0001F525", "-->", "<?xml?>"} {
		var b strings.Builder
		el("a", "x", s).with(&node{name: "s", text: s}).write(&b)
		var got struct {
			X string `xml:"x,attr"`
			S string `xml:"s"`
		}
		if err := xml.Unmarshal([]byte(b.String()), &got); err != nil || got.X != s || got.S != s {
			t.Errorf("%q is read as %q and %q, %v", s, got.X, got.S, err)
		}
	}
	var b strings.Builder
	el("a", "x", "\x00\x1b\xff").write(&b)
	if b.String() != "<a x=\"\uFFFD\uFFFD\uFFFD\"/>" {
		t.Errorf("%q", b.String())
	}
}

// FuzzXML: what is read and written again is read as the same, and never takes more than it was
// given.
func FuzzXML(f *testing.F) {
	f.Add(deviceInfo)
	f.Add(`<a q='"' n="&lt;&#65;"><s> x &amp; <b/> </s></a>`)
	f.Add("<a>" + strings.Repeat("<b x='1'/>", 20) + "</a>")
	f.Fuzz(func(t *testing.T, s string) {
		n, err := parseXML(s)
		if err != nil {
			if n != nil || !errors.Is(err, errXML) {
				t.Fatalf("%v, %v", n, err)
			}
			return
		}
		var b strings.Builder
		n.write(&b)
		if !utf8.ValidString(b.String()) {
			t.Fatalf("written as %q", b.String())
		}
		again, err := parseXML(b.String())
		if err != nil {
			t.Fatalf("%q written as %q: %v", s, b.String(), err)
		}
		same(t, n, again)
	})
}

func same(t *testing.T, a, b *node) {
	t.Helper()
	if a.name != b.name || len(a.attrs) != len(b.attrs) || len(a.children) != len(b.children) {
		t.Fatalf("%+v, %+v", a, b)
	}
	for i := range a.attrs {
		if a.attrs[i].name != b.attrs[i].name || len([]rune(a.attrs[i].value)) != len([]rune(b.attrs[i].value)) {
			t.Fatalf("%+v, %+v", a.attrs[i], b.attrs[i])
		}
	}
	for i := range a.children {
		same(t, a.children[i], b.children[i])
	}
}
