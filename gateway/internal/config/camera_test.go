package config

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"firepost/drivers/camera"
)

// declared is minimal with a camera that may be switched on.
func declared(t *testing.T) string {
	t.Helper()
	sign := filepath.Join(t.TempDir(), "sign.jpg")
	if err := os.WriteFile(sign, []byte("a photo"), 0o600); err != nil {
		t.Fatal(err)
	}
	return minimal + `camera:
  kind: rtsp
  address: rtsp://192.168.1.64:554/stream1
  user: firepost
  password_file: /etc/firepost/camera.password
  masks: [{x: 0, y: 0, w: 300, h: 1000}]
  sign_photo: ` + sign + `
  purpose: 火警现场确认
  responsible: 王某某
  filing_number: 赤公视备2026-0001号
  upload: {url: "https://district.example.cn:8443", cert_file: /etc/firepost/booth.pem, key_file: /etc/firepost/booth.key}
`
}

func TestNoCameraByDefault(t *testing.T) {
	c, err := Parse("f.yaml", []byte(minimal), builtin(t))
	if err != nil || c.Camera != nil || Default().Camera != nil {
		t.Errorf("a camera that nobody asked for: %+v, %v", c, err)
	}
}

func TestCameraSettings(t *testing.T) {
	c, err := Parse("f.yaml", []byte(declared(t)), builtin(t))
	if err != nil {
		t.Fatal(err)
	}
	s := c.Camera.Settings()
	if s.Kind != camera.KindRTSP || s.User != "firepost" || s.MaxWidth != 1280 || s.MaxHeight != 720 || s.InputWidth != 0 || s.Skip != 0 ||
		!reflect.DeepEqual(s.Masks, []camera.Area{{X: 0, Y: 0, W: 300, H: 1000}}) {
		t.Errorf("%+v", s)
	}
	if d := c.Camera.Declared(); !d.On || d.Retain != 30*24*time.Hour || len(d.Masks) != 1 || d.Responsible != "王某某" {
		t.Errorf("%+v", d)
	}
	if u := c.Camera.Upload.Settings(); u.BytesPerSecond != 128<<10 || u.Server != "https://district.example.cn:8443" || u.Insecure {
		t.Errorf("%+v", u)
	}
	v := Camera{Kind: "v4l2", Address: "/dev/video0", InputFormat: "mjpeg", Width: 640, Height: 480}
	if s := v.Settings(); s.InputFormat != "mjpeg" || s.InputWidth != 640 || s.InputHeight != 480 || s.MaxWidth != 640 || s.Skip == 0 {
		t.Errorf("%+v", s)
	}
}

func TestCameraMistakes(t *testing.T) {
	const rtsp = "rtsp://192.168.1.64:554/stream1"
	text := declared(t)
	for _, m := range []mistake{
		{"no kind", "  kind: rtsp\n", "", `camera.kind: is missing (one of v4l2, rtsp, lavfi)`},
		{"kind typo", "kind: rtsp", "kind: rstp", `camera.kind: "rstp" is not known here (did you mean rtsp?`},
		{"made-up picture", "kind: rtsp", "kind: lavfi", `camera.kind: lavfi is no camera but a made-up picture (v4l2 or rtsp; lavfi only in development, with clock.trust: always)`},
		{"no address", "  address: " + rtsp + "\n", "", `camera.address: is missing (such as rtsp://192.168.1.64:554/stream1)`},
		{"web address", rtsp, "http://192.168.1.64/", `camera.address: the rtsp address has scheme "http"`},
		{"password in the address", "rtsp://192", "rtsp://admin:12345@192", `camera.address: a password in the address ends up in backups (use user and password_file)`},
		{"password without user", "  user: firepost\n", "", `camera.user: a password file needs a user`},
		{"device elsewhere", "kind: rtsp\n  address: " + rtsp, "kind: v4l2\n  address: /tmp/x", `camera.address: device "/tmp/x" must be a plain path below /dev`},
		{"user of a device", "kind: rtsp\n  address: " + rtsp, "kind: v4l2\n  address: /dev/video0", `camera.user: user and password file belong to rtsp only`},
		{"format of a stream", "  user: firepost\n", "  user: firepost\n  input_format: mjpeg\n", `camera.input_format: belongs to v4l2 only`},
		{"width alone", "  user: firepost\n", "  user: firepost\n  width: 640\n", `camera.width: width and height belong together`},
		{"too wide", "  user: firepost\n", "  user: firepost\n  width: 64000\n  height: 480\n", `camera.width: max width 64000 is not within`},
		{"no sign", "  sign_photo: ", "  # ", `camera.sign_photo: give a photo of the sign at the place (PIPL article 26) (请提供`},
		{"sign elsewhere", "sign.jpg", "gone.jpg", `camera.sign_photo: the photo of the sign can't be found`},
		{"no purpose", "  purpose: 火警现场确认\n", "", `camera.purpose: state the purpose`},
		{"nobody responsible", "  responsible: 王某某\n", "", `camera.responsible: name the responsible person`},
		{"no filing", "  filing_number: 赤公视备2026-0001号\n", "", `camera.filing_number: give the number of the filing`},
		{"no masks", "  masks: [{x: 0, y: 0, w: 300, h: 1000}]\n", "", `camera.masks: set privacy masks, or give the reason`},
		{"masks and a reason", "  masks:", "  no_masks_reason: 院内无人\n  masks:", `camera.no_masks_reason: masks are set: remove the reason`},
		{"mask outside", "w: 300", "w: 3000", `camera.masks: mask 1 lies outside the picture`},
		{"mask key", "w: 300", "width: 300", `unknown key "width"`},
		{"too many masks", "[{x: 0, y: 0, w: 300, h: 1000}]", "[" + strings.Repeat("{x: 0, y: 0, w: 9, h: 9}, ", 16) + "{x: 0, y: 0, w: 9, h: 9}]", `camera.masks: 17 masks: at most 16`},
		{"ignored outside", "  purpose:", "  ignore: [{x: 0, y: 990, w: 10, h: 20}]\n  purpose:", `camera.ignore: mask 1`},
		{"kept too short", "  purpose:", "  retain: 7d\n  purpose:", `camera.retain: keep pictures for 30 to 366 days`},
		{"kept too long", "  purpose:", "  retain: 999d\n  purpose:", `camera.retain: keep pictures for 30 to 366 days`},
		{"upload without address", `url: "https://district.example.cn:8443", `, "", `camera.upload.url: is missing`},
		{"plain upload", "https://district", "http://district", `camera.upload.url: "http://district.example.cn:8443" is not an https address`},
		{"upload with a path", ":8443", ":8443/v1/", `camera.upload.url: `},
		{"upload without a certificate", "cert_file: /etc/firepost/booth.pem, ", "", `camera.upload.cert_file: is missing (pictures go to the district only with a client certificate`},
		{"upload without a key", ", key_file: /etc/firepost/booth.key", "", `camera.upload.key_file: is missing`},
		{"upload too slow", `booth.key}`, `booth.key, bytes_per_second: 10}`, `camera.upload.bytes_per_second: 10 is out of range`},
		{"upload too fast", `booth.key}`, `booth.key, bytes_per_second: 8GiB}`, `camera.upload.bytes_per_second: 8589934592 is out of range`},
	} {
		t.Run(m.name, func(t *testing.T) {
			if !strings.Contains(text, m.old) {
				t.Fatalf("the file has no %q", m.old)
			}
			bad := strings.Replace(text, m.old, m.new, 1)
			_, err := Parse("f.yaml", []byte(bad), builtin(t))
			if err == nil || !strings.Contains(err.Error(), m.want) {
				t.Fatalf("got:\n%v\nwant: %s", err, m.want)
			}
			if c := Salvage("f.yaml", []byte(bad), builtin(t), t.TempDir()); c.Camera != nil || len(c.Devices) != 4 {
				t.Errorf("of a bad camera this was saved: %+v, with %d devices", c.Camera, len(c.Devices))
			}
		})
	}
	// Nothing hides behind anything else.
	_, err := Parse("f.yaml", []byte(minimal+"camera: {kind: lavfi, address: testsrc}\n"), builtin(t))
	if n := strings.Count(err.Error(), "camera."); n != 6 {
		t.Errorf("%d problems, want 6:\n%v", n, err)
	}
	if c := Salvage("f.yaml", []byte(text), builtin(t), t.TempDir()); c.Camera == nil {
		t.Error("a good camera was not saved")
	}
}

// TestCameraSecretsStayOut: a password in an address is not repeated to people.
func TestCameraSecretsStayOut(t *testing.T) {
	bad := strings.Replace(declared(t), "rtsp://192", "rtsp://admin:s3cret pw@192", 1)
	_, err := Parse("f.yaml", []byte(bad), builtin(t))
	if err == nil || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("%v", err)
	}
}

// TestShippedCamera: the commented section of the shipped file is one that works.
func TestShippedCamera(t *testing.T) {
	data, err := os.ReadFile("../../../configs/firepost.yaml")
	if err != nil {
		t.Fatal(err)
	}
	_, section, ok := strings.Cut(string(data), "# camera:\n")
	section, _, ended := strings.Cut(section, "\n\n")
	if !ok || !ended {
		t.Fatal("the shipped file has no commented camera")
	}
	text := minimal + "camera:\n"
	for line := range strings.Lines(section + "\n") {
		text += strings.TrimPrefix(line, "# ")
	}
	sign := filepath.Join(t.TempDir(), "sign.jpg")
	if err := os.WriteFile(sign, []byte("a photo"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Parse("f.yaml", []byte(strings.Replace(text, "/etc/firepost/sign.jpg", sign, 1)), builtin(t))
	if err != nil {
		t.Fatal(err)
	}
	if c.Camera == nil || c.Camera.Upload == nil || c.Camera.Settings().MaxWidth != 1280 || c.Camera.Upload.Settings().BytesPerSecond != 128<<10 {
		t.Errorf("%+v", c.Camera)
	}
}
