package camera

import (
	"errors"
	"fmt"
	"strings"
)

// What can be wrong with a still. Every error of Shot wraps one of these, or the context's own.
var (
	// ErrSettings marks settings that can never work.
	ErrSettings = errors.New("camera settings")
	// ErrNoProgram means that ffmpeg is not installed where Settings.Program says.
	ErrNoProgram = errors.New("ffmpeg is not there")
	// ErrNoDevice means that the device node does not exist: unplugged, or another number.
	ErrNoDevice = errors.New("no such device")
	// ErrNotCamera means that the device or file is no capture device.
	ErrNotCamera = errors.New("not a camera")
	// ErrPermission means that the process may not open the device or the password file.
	ErrPermission = errors.New("no permission")
	// ErrBusy means that another process holds the device.
	ErrBusy = errors.New("device is busy")
	// ErrRefused means that nothing listens at the camera's port.
	ErrRefused = errors.New("connection refused")
	// ErrUnreachable means that the camera's host can't be reached or its name not resolved.
	ErrUnreachable = errors.New("camera unreachable")
	// ErrUnauthorised means a wrong or missing user name or password.
	ErrUnauthorised = errors.New("user or password refused")
	// ErrNoStream means that the camera has no stream under that path.
	ErrNoStream = errors.New("no such stream")
	// ErrTimeout means that no picture came within Settings.Limit.
	ErrTimeout = errors.New("no picture in time")
	// ErrTooLarge means that the picture exceeds Settings.MaxBytes or the agreed resolution.
	ErrTooLarge = errors.New("picture too large")
	// ErrNotImage means that what came is no complete JPEG picture.
	ErrNotImage = errors.New("not an image")
	// ErrFailed is everything else that ffmpeg said.
	ErrFailed = errors.New("ffmpeg ended with an error")
)

// hint is what a person at the booth can do about an error.
type hint struct {
	err    error
	zh, en string
}

func hints() []hint {
	return []hint{
		{ErrNoProgram, "请安装 ffmpeg：apt-get install ffmpeg", "install ffmpeg: apt-get install ffmpeg"},
		{ErrNoDevice, "检查摄像机 USB 线；用 /dev/v4l/by-id 下的名称", "check the camera's USB cable; use a name from /dev/v4l/by-id"},
		{ErrNotCamera, "该设备不能取图；UVC 摄像机通常取编号较小的节点", "this node can't capture; UVC cameras usually capture on the lower number"},
		{ErrPermission, "将服务用户加入 video 组", "add the service's user to the group video"},
		{ErrBusy, "其他程序正在使用摄像机，请先停止它", "another program uses the camera; stop it first"},
		{ErrRefused, "检查端口和摄像机的 RTSP 开关", "check the port, and that RTSP is switched on in the camera"},
		{ErrUnreachable, "检查网线、供电和 IP 地址", "check cable, power and IP address"},
		{ErrUnauthorised, "检查用户名和密码文件", "check the user name and the password file"},
		{ErrNoStream, "检查 RTSP 路径（见摄像机说明书）", "check the RTSP path in the camera's manual"},
		{ErrTimeout, "摄像机接通但无画面：重启摄像机，检查码流和关键帧间隔", "it answers without a picture: restart it, check stream and key-frame interval"},
		{ErrTooLarge, "降低分辨率或质量，或提高上限", "lower resolution or quality, or raise the limit"},
		{ErrNotImage, "返回的不是图像：检查地址和编码格式", "what came is no image: check address and coding"},
		{ErrSettings, "检查摄像机配置", "check the camera's settings"},
	}
}

// Hint returns what a person can do about an error of this package, in Chinese and in English;
// both are empty when nothing better is known than the error's own text.
func Hint(err error) (zh, en string) {
	for _, h := range hints() {
		if errors.Is(err, h.err) {
			return h.zh, h.en
		}
	}
	return "", ""
}

// classify turns what ffmpeg wrote into one of the sentinels. The words are those of ffmpeg and
// of strerror in the C locale.
func classify(stderr string) error {
	s := strings.ToLower(stderr)
	for _, c := range []struct {
		words []string
		err   error
	}{
		{[]string{"401 unauthorized", "403 forbidden", "authorization failed", "status code: 401", "status code: 403"}, ErrUnauthorised},
		{[]string{"404 not found", "454 session not found", "status code: 404"}, ErrNoStream},
		{[]string{"connection refused"}, ErrRefused},
		{[]string{"failed to resolve", "network is unreachable", "no route to host", "host is down", "connection timed out", "connection reset"}, ErrUnreachable},
		{[]string{"permission denied", "operation not permitted"}, ErrPermission},
		{[]string{"device or resource busy"}, ErrBusy},
		{[]string{"inappropriate ioctl", "not a video capture device", "does not support capture"}, ErrNotCamera},
		{[]string{"no such file or directory", "no such device", "no such address"}, ErrNoDevice},
		{[]string{"cannot allocate memory", "exceeds max_alloc"}, ErrTooLarge},
		{[]string{"invalid data found", "could not find codec parameters", "matches no streams", "does not contain any stream"}, ErrNotImage},
	} {
		for _, w := range c.words {
			if strings.Contains(s, w) {
				return c.err
			}
		}
	}
	return ErrFailed
}

// lastLines keeps the end of what ffmpeg wrote, on one line, for the error's text.
func lastLines(stderr string) string {
	var kept []string
	for line := range strings.Lines(stderr) {
		if line = strings.TrimSpace(line); line != "" {
			kept = append(kept, line)
		}
	}
	if len(kept) > 3 {
		kept = kept[len(kept)-3:]
	}
	return strings.Join(kept, "; ")
}

func settingsError(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrSettings}, args...)...)
}
