package speaker

import (
	"errors"
	"strings"
)

// What can be wrong with a speaker. Every error of this package wraps one of these, or the
// context's own.
var (
	// ErrSettings marks settings that can never work.
	ErrSettings = errors.New("speaker settings")
	// ErrNoProgram means that aplay is not installed where Options.Command says.
	ErrNoProgram = errors.New("aplay is not there")
	// ErrNoDevice means that ALSA knows no such device, or that it was unplugged.
	ErrNoDevice = errors.New("no such sound device")
	// ErrPermission means that the process may not open the device or start aplay.
	ErrPermission = errors.New("no permission")
	// ErrBusy means that another program holds the device, or that the level sounds already.
	ErrBusy = errors.New("sound device is busy")
	// ErrDeviceFormat means that the device can't play the recording's rate or channels.
	ErrDeviceFormat = errors.New("sound device can't play this format")
	// ErrHung means that aplay took no samples for longer than Options.Stall and was killed.
	ErrHung = errors.New("aplay hangs")
	// ErrFailed is everything else that aplay said or died of.
	ErrFailed = errors.New("aplay ended with an error")
	// ErrRecording means that a recording is missing, cut short, or no 16-bit PCM WAV file.
	ErrRecording = errors.New("recording can't be played")
	// ErrInterrupted means that a Play was ended because the level began to sound.
	ErrInterrupted = errors.New("interrupted by the level")
)

// hint is what a person at the booth can do about an error.
type hint struct {
	err    error
	zh, en string
}

func hints() []hint {
	return []hint{
		{ErrNoProgram, "请安装 alsa-utils：apt-get install alsa-utils", "install alsa-utils: apt-get install alsa-utils"},
		{ErrNoDevice, "检查声卡接线；用 aplay -L 查看设备名", "check the sound card's cable; aplay -L lists the names"},
		{ErrPermission, "将服务用户加入 audio 组", "add the service's user to the group audio"},
		{ErrBusy, "其他程序正在使用声卡；请停止它，或改用 dmix 设备", "another program uses the sound card; stop it, or use a dmix device"},
		{ErrDeviceFormat, "设备名前加 plug，例如 plughw:CARD=Device", "use a plug device, for example plughw:CARD=Device"},
		{ErrHung, "声卡无响应：重新插拔声卡或重启主机", "the sound card does not answer: plug it in again, or restart the board"},
		{ErrRecording, "重新保存录音：16 位 PCM WAV，单声道，16 kHz", "save the recording again: 16-bit PCM WAV, mono, 16 kHz"},
		{ErrSettings, "检查扬声器配置", "check the speaker's settings"},
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

// kind is the sentinel that err wraps: two errors of one kind are one trouble.
func kind(err error) error {
	if err == nil {
		return nil
	}
	for _, e := range []error{
		ErrNoProgram, ErrNoDevice, ErrPermission, ErrBusy, ErrDeviceFormat, ErrHung, ErrRecording, ErrFailed,
	} {
		if errors.Is(err, e) {
			return e
		}
	}
	return err
}

// classify turns what aplay wrote into one of the sentinels. The words are those of aplay and
// of strerror in the C locale.
func classify(stderr string) error {
	s := strings.ToLower(stderr)
	for _, c := range []struct {
		words []string
		err   error
	}{
		{[]string{"device or resource busy", "resource temporarily unavailable"}, ErrBusy},
		{[]string{"permission denied", "operation not permitted"}, ErrPermission},
		{[]string{"non available", "unable to install hw params", "broken configuration"}, ErrDeviceFormat},
		{[]string{"no such file or directory", "no such device", "unknown pcm", "cannot find card", "cannot get card index"}, ErrNoDevice},
	} {
		for _, w := range c.words {
			if strings.Contains(s, w) {
				return c.err
			}
		}
	}
	return ErrFailed
}

// lastLines keeps the end of what aplay wrote, on one line, for the error's text.
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
