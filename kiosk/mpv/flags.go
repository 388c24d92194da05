package mpv

import (
	"path/filepath"
	"strings"
)

func (p *Player) socket() string { return filepath.Join(p.opts.Dir, "mpv.sock") }

// flags is mpv's command line.
func (p *Player) flags() []string {
	return append([]string{
		// Nothing of the user's configuration, scripts or downloads; no keys, no words on the
		// picture, no mouse pointer.
		"--no-config", "--load-scripts=no", "--ytdl=no", "--osc=no", "--osd-level=0", "--osd-bar=no",
		"--input-default-bindings=no", "--input-vo-keyboard=no", "--input-terminal=no", "--cursor-autohide=always",
		"--msg-level=all=warn", "--msg-color=no",
		// A file must not name others, on the network or anywhere.
		"--access-references=no", "--audio-file-auto=no", "--sub-auto=no", "--audio-display=no",
		// One window that stays, black without a file; pictures stand until they are replaced,
		// films hold their last picture.
		"--idle=yes", "--force-window=yes", "--fullscreen", "--keep-open=always", "--image-display-duration=inf",
		"--hwdec=auto-safe", "--stop-screensaver=yes",
		// Everything comes from this machine: no large buffers, no long waits.
		"--cache=no", "--demuxer-max-bytes=16MiB", "--demuxer-max-back-bytes=1MiB", "--network-timeout=5",
		"--input-ipc-server=" + p.socket(),
	}, p.opts.Args...)
}

// environment is mpv's: the runner's own without a proxy, which a booth has for the way out,
// never for this machine.
func environment(own []string) []string {
	env := make([]string, 0, len(own)+1)
	for _, v := range own {
		name, _, _ := strings.Cut(v, "=")
		if !strings.HasSuffix(strings.ToLower(name), "_proxy") {
			env = append(env, v)
		}
	}
	return append(env, "no_proxy=*")
}
