package media

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// golden is a manifest as a district writes it.
const golden = `{"version":7,"programme":{"name":"秋季防火.yaml","data":"cHJvZ3JhbW1lIDc="},"items":[
 {"sha256":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","size":12345678,"type":"video/mp4",
  "name":"电动车充电.mp4","duration_ms":15000,"width":1920,"height":1080,"codec":"h264"},
 {"sha256":"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08","size":40210,"type":"image/svg+xml","name":"逃生.svg"}]}`

func TestParseManifest(t *testing.T) {
	m, err := ParseManifest([]byte(golden))
	if err != nil {
		t.Fatal(err)
	}
	want := Manifest{Version: 7, Programme: Document{"秋季防火.yaml", []byte("programme 7")}, Items: []Item{
		{"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", 12345678, TypeMP4, "电动车充电.mp4", 15000, 1920, 1080, "h264"},
		{SHA256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", Size: 40210, Type: TypeSVG, Name: "逃生.svg"},
	}}
	if !reflect.DeepEqual(m, want) {
		t.Errorf("got %+v\nwant %+v", m, want)
	}
	again, err := ParseManifest(m.Encode())
	if err != nil || again.Digest() != m.Digest() {
		t.Errorf("what Encode wrote is another manifest: %v", err)
	}
	if empty, err := ParseManifest([]byte(`{"version":1,"programme":{"name":"a","data":"YQ=="},"items":[]}`)); err != nil || len(empty.Items) != 0 {
		t.Errorf("a programme without media: %v", err)
	}
}

func TestParseManifestRefuses(t *testing.T) {
	for name, c := range map[string]struct{ from, to, says string }{
		"unknown key":         {`"size":40210`, `"size":40210,"path":"/etc"`, "unknown field"},
		"key in capitals":     {`"size":40210`, `"Size":40210`, "not lower-case"},
		"key twice":           {`"size":40210`, `"size":1,"size":40210`, "twice"},
		"key twice, escaped":  {`"size":40210`, `"si\u007ae":1,"size":40210`, "twice"},
		"version 0":           {`"version":7`, `"version":0`, "from 1"},
		"version below 0":     {`"version":7`, `"version":-7`, "version"},
		"version of a float":  {`"version":7`, `"version":7.5`, "version"},
		"version too large":   {`"version":7`, `"version":9007199254740992`, "from 1"},
		"hash in capitals":    {`9f86d081`, `9F86d081`, "hexadecimal"},
		"hash too short":      {`9f86d081`, `9f86d08`, "hexadecimal"},
		"hash is a path":      {`9f86d081884c`, `../../../../`, "hexadecimal"},
		"the same hash":       {"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "named twice"},
		"the same name":       {`逃生.svg`, `电动车充电.mp4`, "used twice"},
		"size 0":              {`"size":40210`, `"size":0`, "allowed are 1"},
		"size below 0":        {`"size":40210`, `"size":-1`, "allowed are 1"},
		"size beyond 16 GiB":  {`"size":40210`, `"size":17179869185`, "allowed are 1"},
		"size overflows":      {`"size":40210`, `"size":9223372036854775808`, "size"},
		"type":                {`image/svg+xml`, `application/pdf`, "none of"},
		"name goes up":        {`逃生.svg`, `../x.svg`, "dot"},
		"name is a path":      {`逃生.svg`, `a/x.svg`, "slash"},
		"name is a path here": {`逃生.svg`, `a\\x.svg`, "slash"},
		"name is an option":   {`逃生.svg`, `-i.svg`, "dash"},
		"name turns around":   {`逃生.svg`, `x\u202egvs.exe`, "invisible"},
		"name with a line":    {`逃生.svg`, `x\ny`, "invisible"},
		"name is empty":       {`逃生.svg`, ``, "characters"},
		"name is long":        {`逃生.svg`, strings.Repeat("长", 121), "characters"},
		"programme's name":    {`秋季防火.yaml`, `/etc/passwd`, "slash"},
		"programme is empty":  {`cHJvZ3JhbW1lIDc=`, ``, "programme has 0"},
		"film without codec":  {`,"codec":"h264"`, ``, "needs"},
		"film without size":   {`"width":1920`, `"width":0`, "needs"},
		"width below 0":       {`"width":1920`, `"width":-1920`, "pixels"},
		"duration of a year":  {`15000`, `31536000000`, "duration"},
		"codec is a command":  {`"h264"`, `"h264; rm -rf /"`, "codec"},
		"drawing with codec":  {`"size":40210`, `"size":40210,"codec":"h264"`, "no duration_ms or codec"},
		"something after":     {`]}`, `]} {}`, "follows the end"},
		"cut short":           {`逃生.svg"}]}`, ``, "EOF"},
		"an array":            {`{"version"`, `[{"version"`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(golden, c.from, c.to, 1)
			if text == golden {
				t.Fatal("the case changes nothing")
			}
			_, err := ParseManifest([]byte(text))
			if !errors.Is(err, ErrManifest) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want %v with %q", err, ErrManifest, c.says)
			}
		})
	}
	if _, err := ParseManifest([]byte("{\"version\":7,\"programme\":{\"name\":\"\xff\"}}")); !errors.Is(err, ErrManifest) {
		t.Errorf("not UTF-8: %v", err)
	}
	if _, err := ParseManifest(make([]byte, MaxManifest+1)); !errors.Is(err, ErrManifest) {
		t.Errorf("too long: %v", err)
	}
	if _, err := ParseManifest([]byte(strings.Repeat(`[`, 1<<20))); !errors.Is(err, ErrManifest) {
		t.Errorf("deep: %v", err)
	}
}

func TestManifestBounds(t *testing.T) {
	m := manifestOf(1)
	for i := range MaxItems {
		it := newThing(1, 1).Item
		it.SHA256, it.Name = fmt.Sprintf("%064x", i), fmt.Sprint("poster ", i)
		m.Items = append(m.Items, it)
	}
	if _, err := ParseManifest(m.Encode()); err != nil {
		t.Errorf("%d items: %v", MaxItems, err)
	}
	m.Items = append(m.Items, newThing(1, 2).Item)
	if err := m.Validate(); !errors.Is(err, ErrManifest) {
		t.Errorf("%d items: %v", len(m.Items), err)
	}
	m = manifestOf(1)
	m.Programme.Data = make([]byte, MaxDocument+1)
	if err := m.Validate(); !errors.Is(err, ErrManifest) {
		t.Errorf("large programme: %v", err)
	}
}

func FuzzParseManifest(f *testing.F) {
	f.Add([]byte(golden))
	f.Add([]byte(`{"version":1,"programme":{"name":"a","data":"YQ=="},"items":[]}`))
	f.Add([]byte(`{"version":1,"items":[{"name":"../x"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := ParseManifest(data)
		if err != nil {
			if !errors.Is(err, ErrManifest) {
				t.Fatalf("%v is not %v", err, ErrManifest)
			}
			return
		}
		again, err := ParseManifest(m.Encode())
		if err != nil || again.Digest() != m.Digest() {
			t.Fatalf("%+v does not survive: %v", m, err)
		}
		for _, it := range m.Items {
			if !ValidHash(it.SHA256) || strings.ContainsAny(it.Name, "/\\\x00\n") || it.Size < 1 {
				t.Fatalf("let through: %+v", it)
			}
		}
	})
}

func FuzzUnseal(f *testing.F) {
	f.Add(seal(pointer{Current: 2, Previous: 1}))
	f.Fuzz(func(t *testing.T, data []byte) {
		var p pointer
		if err := unseal(data, &p); err == nil {
			var raw sealed
			if json.Unmarshal(data, &raw) != nil || digest(raw.Body) != raw.SHA256 {
				t.Fatalf("let through: %q", data)
			}
		}
	})
}
