package config

import (
	"errors"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"firepost/cloud-bridge/blobs"
	"firepost/drivers/camera"
	y "firepost/firmware-contracts/strictyaml"
	"firepost/gateway/internal/scene"
)

// Camera is the camera that takes pictures of the scene. Nil is off, as is the default: what
// the law asks for stands here before the first picture is taken.
type Camera struct {
	// Kind is v4l2, rtsp, or, in development only, lavfi; Address a device below /dev, an RTSP
	// address without a password, or a filter graph.
	Kind    string `yaml:"kind"`
	Address string `yaml:"address"`
	// User and PasswordFile are an RTSP camera's.
	User         string `yaml:"user"`
	PasswordFile string `yaml:"password_file"`
	// Width and Height bound a picture, in pixels; a V4L2 device is asked for them.
	Width  int `yaml:"width"`
	Height int `yaml:"height"`
	// InputFormat is what a V4L2 device is asked for, such as mjpeg.
	InputFormat string `yaml:"input_format"`
	// Masks are filled black before anything else happens to a picture; NoMasksReason says why
	// there are none. Ignore are areas that say nothing about the camera, such as a clock.
	Masks         []Area `yaml:"masks"`
	NoMasksReason string `yaml:"no_masks_reason"`
	Ignore        []Area `yaml:"ignore"`
	// SignPhoto is the path of a photo of the sign that tells passers-by.
	SignPhoto string `yaml:"sign_photo"`
	// Purpose, Responsible and FilingNumber are what the operator declares.
	Purpose      string `yaml:"purpose"`
	Responsible  string `yaml:"responsible"`
	FilingNumber string `yaml:"filing_number"`
	// Retain is how long pictures are kept; 0 means 30 days.
	Retain y.Duration `yaml:"retain"`
	// Upload is where pictures go; nil keeps them in the booth.
	Upload *Upload `yaml:"upload"`
}

// Area is a rectangle of the picture in thousandths of its width and height, from its top
// left corner.
type Area struct {
	X int `yaml:"x"`
	Y int `yaml:"y"`
	W int `yaml:"w"`
	H int `yaml:"h"`
}

// Upload is the district's receiver of large things, by HTTPS with client certificates.
type Upload struct {
	// URL is https://host[:port].
	URL string `yaml:"url"`
	// CAFile empty means the system's roots.
	CAFile   string `yaml:"ca_file"`
	CertFile string `yaml:"cert_file"`
	KeyFile  string `yaml:"key_file"`
	// BytesPerSecond bounds what pictures take of the line; 0 means 128 KiB.
	BytesPerSecond y.Size `yaml:"bytes_per_second"`
}

const (
	// defaultRetain is what Decree 799 asks for at least.
	defaultRetain = 30 * 24 * time.Hour
	// skipFrames lets a V4L2 camera adjust its exposure first.
	skipFrames = 5
	// fastestUpload keeps a number that 32 bits hold.
	fastestUpload = 1 << 30
)

func areas(list []Area) []camera.Area {
	out := make([]camera.Area, len(list))
	for i, a := range list {
		out[i] = camera.Area(a)
	}
	return out
}

// Settings are the camera as its driver wants it.
func (c *Camera) Settings() camera.Settings {
	s := camera.Defaults()
	s.Kind, s.Address, s.User, s.PasswordFile = camera.Kind(c.Kind), c.Address, c.User, c.PasswordFile
	s.Masks = areas(c.Masks)
	if c.Width != 0 || c.Height != 0 {
		s.MaxWidth, s.MaxHeight = c.Width, c.Height
	}
	if s.Kind == camera.KindV4L2 {
		s.InputFormat, s.InputWidth, s.InputHeight, s.Skip = c.InputFormat, c.Width, c.Height, skipFrames
	}
	return s
}

// Declared is what the operator declares about the camera.
func (c *Camera) Declared() scene.Options {
	o := scene.Options{
		On: true, SignPhoto: c.SignPhoto, Purpose: c.Purpose, Responsible: c.Responsible, FilingNumber: c.FilingNumber,
		Masks: areas(c.Masks), NoMasksReason: c.NoMasksReason, Retain: defaultRetain,
	}
	if c.Retain != 0 {
		o.Retain = c.Retain.D()
	}
	return o
}

// IgnoreAreas are the areas that say nothing about the camera.
func (c *Camera) IgnoreAreas() []camera.Area { return areas(c.Ignore) }

// Settings are the upload as its client wants it.
func (u *Upload) Settings() blobs.Config {
	b := blobs.Defaults()
	b.Server, b.CAFile, b.CertFile, b.KeyFile = u.URL, u.CAFile, u.CertFile, u.KeyFile
	if u.BytesPerSecond != 0 {
		b.BytesPerSecond = int(min(u.BytesPerSecond, fastestUpload))
	}
	return b
}

// declarationKeys are the keys behind the fields of scene.Options.
func declarationKeys() map[string]string {
	return map[string]string{
		"SignPhoto": "sign_photo", "Purpose": "purpose", "Responsible": "responsible", "FilingNumber": "filing_number",
		"Masks": "masks", "NoMasksReason": "no_masks_reason", "Retain": "retain",
	}
}

// camera checks the camera: how it is reached, what the law asks for, where pictures go.
func (k *checker) camera() {
	c := k.c.Camera
	if c == nil {
		return
	}
	k.cameraSource(c)
	masksBad := false
	for _, p := range c.Declared().Validate() {
		key := declarationKeys()[p.Field]
		masksBad = masksBad || key == "masks"
		k.add("camera."+key, p.EN, p.ZH)
	}
	if c.SignPhoto != "" && !filepath.IsAbs(c.SignPhoto) {
		k.addf("camera.sign_photo", "such as /etc/firepost/sign.jpg", "%q is not an absolute path", c.SignPhoto)
	}
	if !masksBad {
		k.cameraGroup("masks", func(s *camera.Settings) { s.Masks = areas(c.Masks) })
	}
	k.cameraGroup("ignore", func(s *camera.Settings) { s.Masks = areas(c.Ignore) })
	if c.Upload != nil {
		k.upload(c.Upload)
	}
}

// cameraSource checks how the camera is reached.
func (k *checker) cameraSource(c *Camera) {
	kind := camera.Kind(c.Kind)
	switch kind {
	case camera.KindV4L2, camera.KindRTSP:
	case camera.KindLavfi:
		if k.c.Clock.Trust != "always" {
			k.add("camera.kind", "lavfi is no camera but a made-up picture", "v4l2 or rtsp; lavfi only in development, with clock.trust: always")
		}
	default:
		k.oneOf("camera.kind", c.Kind, string(camera.KindV4L2), string(camera.KindRTSP), string(camera.KindLavfi))
		return
	}
	examples := map[camera.Kind]string{
		camera.KindV4L2: "/dev/video0", camera.KindRTSP: "rtsp://192.168.1.64:554/stream1", camera.KindLavfi: "testsrc=size=640x480:rate=5",
	}
	from := func(address string) func(*camera.Settings) {
		return func(s *camera.Settings) { s.Kind, s.Address = kind, address }
	}
	if c.Address == "" {
		k.add("camera.address", "is missing", "such as "+examples[kind])
	} else {
		k.cameraGroup("address", from(c.Address))
	}
	if u, err := url.Parse(c.Address); err == nil && kind == camera.KindRTSP && u.User != nil {
		k.add("camera.address", "a password in the address ends up in backups", "use user and password_file")
	}
	k.cameraGroup("user", from(examples[kind]), func(s *camera.Settings) { s.User, s.PasswordFile = c.User, c.PasswordFile })
	k.cameraSize(c)
	if c.InputFormat != "" && kind != camera.KindV4L2 {
		k.add("camera.input_format", "belongs to v4l2 only", "remove it")
		return
	}
	k.cameraGroup("input_format", from(examples[kind]), func(s *camera.Settings) { s.InputFormat = c.InputFormat })
}

func (k *checker) cameraSize(c *Camera) {
	switch {
	case c.Width == 0 && c.Height == 0:
	case c.Width == 0 || c.Height == 0:
		k.add("camera.width", "width and height belong together", "such as width: 1280 and height: 720")
	default:
		k.cameraGroup("width", func(s *camera.Settings) { s.MaxWidth, s.MaxHeight = c.Width, c.Height })
	}
}

// cameraGroup checks some settings within others that are beyond doubt, and reports what the
// driver says of them under one key.
func (k *checker) cameraGroup(key string, set ...func(*camera.Settings)) {
	s := camera.Defaults()
	s.Kind, s.Address = camera.KindLavfi, "testsrc"
	for _, f := range set {
		f(&s)
	}
	for _, err := range flat(s.Validate()) {
		k.add("camera."+key, strings.TrimPrefix(err.Error(), camera.ErrSettings.Error()+": "), "")
	}
}

// flat lists the errors that errors.Join has put together.
func flat(err error) []error {
	var joined interface{ Unwrap() []error }
	if err == nil {
		return nil
	}
	if errors.As(err, &joined) {
		var out []error
		for _, e := range joined.Unwrap() {
			out = append(out, flat(e)...)
		}
		return out
	}
	return []error{err}
}

// upload checks where pictures go.
func (k *checker) upload(u *Upload) {
	switch {
	case u.URL == "":
		k.add("camera.upload.url", "is missing", "such as https://district.example.cn:8443")
	case !strings.HasPrefix(u.URL, "https://"):
		k.addf("camera.upload.url", "https://host:port", "%q is not an https address", u.URL)
	}
	for _, f := range [...]struct{ key, path string }{{"cert_file", u.CertFile}, {"key_file", u.KeyFile}} {
		if f.path == "" {
			k.add("camera.upload."+f.key, "is missing", "pictures go to the district only with a client certificate, such as /etc/firepost/booth.pem")
		}
	}
	if n := u.BytesPerSecond; n != 0 && (n < 1<<10 || n > fastestUpload) {
		k.addf("camera.upload.bytes_per_second", "from 1KiB to 1GiB; 128KiB is usual", "%d is out of range", n)
	}
	if !strings.HasPrefix(u.URL, "https://") || u.CertFile == "" || u.KeyFile == "" {
		return
	}
	s := u.Settings()
	s.BytesPerSecond = blobs.Defaults().BytesPerSecond
	if _, err := blobs.New(s); err != nil {
		k.add("camera.upload.url", err.Error(), "https://host:port")
	}
}
