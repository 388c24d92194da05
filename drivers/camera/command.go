package camera

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"strconv"
	"strings"
)

// command is everything that one run of ffmpeg needs.
type command struct {
	args []string
	// stdin holds the address where it may carry a password.
	stdin string
	// secrets must never show in an error.
	secrets []string
}

// command builds the one command line that all kinds share.
func (c *Camera) command() (command, error) {
	s := &c.set
	cmd := command{args: []string{
		"-hide_banner", "-nostats", "-nostdin", "-loglevel", "level+error",
		"-max_alloc", strconv.Itoa(maxAlloc), "-threads", "1",
	}}
	switch s.Kind {
	case KindV4L2:
		cmd.args = append(cmd.args, "-f", "v4l2")
		if s.InputFormat != "" {
			cmd.args = append(cmd.args, "-input_format", s.InputFormat)
		}
		if s.InputWidth > 0 {
			cmd.args = append(cmd.args, "-video_size", fmt.Sprintf("%dx%d", s.InputWidth, s.InputHeight))
		}
		cmd.args = append(cmd.args, "-i", s.Address)
	case KindLavfi:
		cmd.args = append(cmd.args, "-f", "lavfi", "-i", s.Address)
	case KindRTSP:
		if err := c.rtsp(&cmd); err != nil {
			return command{}, err
		}
	default:
		return command{}, settingsError("kind %q is none of v4l2, rtsp, lavfi", s.Kind)
	}
	cmd.args = append(cmd.args,
		"-map", "0:v:0", "-an", "-sn", "-dn", "-map_metadata", "-1",
		"-vf", s.filters(), "-frames:v", "1",
		"-c:v", "mjpeg", "-threads", "1", "-q:v", strconv.Itoa(s.Quality), "-f", "image2pipe", "pipe:1")
	return cmd, nil
}

// maxAlloc bounds one allocation of ffmpeg: an 8192 by 8192 frame in 4:2:0 is 96 MiB.
const maxAlloc = 128 << 20

// rtsp hands the address over as a concat script on standard input. Only whole key frames are
// decoded: what comes before the first is grey or torn.
func (c *Camera) rtsp(cmd *command) error {
	u, err := url.Parse(c.set.Address)
	if err != nil {
		return checkURL(c.set.Address)
	}
	if c.set.User != "" {
		u.User = url.User(c.set.User)
		if c.set.PasswordFile != "" {
			password, err := readPassword(c.set.PasswordFile)
			if err != nil {
				return err
			}
			u.User = url.UserPassword(c.set.User, password)
		}
	}
	if password, ok := u.User.Password(); ok {
		cmd.secrets = append(cmd.secrets, password, url.QueryEscape(password), url.PathEscape(password))
	}
	cmd.secrets = append(cmd.secrets, u.String(), u.RequestURI())
	// A percent-encoded quote is the only way that one could stand in a URL; the script's own
	// quoting knows no escapes within quotes.
	address := strings.ReplaceAll(u.String(), "'", "%27")
	cmd.stdin = "ffconcat version 1.0\nfile '" + address + "'\noption rtsp_transport tcp\noption fpsprobesize 0\noption analyzeduration 2000000\n"
	cmd.args = append(cmd.args, "-skip_frame", "nokey", "-fpsprobesize", "0", "-f", "concat", "-safe", "0",
		"-protocol_whitelist", "pipe,rtsp,rtsps,rtp,srtp,tcp,tls,crypto", "-i", "pipe:0")
	return nil
}

func readPassword(path string) (string, error) {
	raw, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrPermission):
		return "", fmt.Errorf("read password file %s: %w", path, ErrPermission)
	case err != nil:
		return "", fmt.Errorf("read password file: %w: %w", ErrSettings, err)
	}
	return strings.TrimRight(string(raw), " \t\r\n"), nil
}

// filters is the graph: skip, masks, then scale. The frame becomes 4:2:0 first, and each mask
// grows outwards to even pixels, so that no colour sample straddles its edge.
func (s *Settings) filters() string {
	var chain []string
	if s.Skip > 0 {
		chain = append(chain, fmt.Sprintf(`select=gte(n\,%d)`, s.Skip))
	}
	chain = append(chain, "format=yuv420p")
	for _, m := range s.Masks {
		chain = append(chain, fmt.Sprintf(
			"drawbox=x=2*floor(in_w*%d/2000):y=2*floor(in_h*%d/2000)"+
				":w=2*ceil(in_w*%d/2000)-2*floor(in_w*%d/2000):h=2*ceil(in_h*%d/2000)-2*floor(in_h*%d/2000)"+
				":color=black:t=fill",
			m.X, m.Y, m.X+m.W, m.X, m.Y+m.H, m.Y))
	}
	chain = append(chain, fmt.Sprintf(
		`scale=w=min(%d\,iw):h=min(%d\,ih):force_original_aspect_ratio=decrease:force_divisible_by=2`,
		s.MaxWidth, s.MaxHeight), "format=yuvj420p")
	return strings.Join(chain, ",")
}

// redact removes addresses and passwords from what ffmpeg wrote.
func redact(text string, secrets []string) string {
	for _, s := range secrets {
		// Replacing a very short word would only garble the text; addresses go below anyway.
		if len(s) >= 3 {
			text = strings.ReplaceAll(text, s, "…")
		}
	}
	var out strings.Builder
	for {
		head, rest, found := strings.Cut(text, "://")
		out.WriteString(head)
		if !found {
			return out.String()
		}
		out.WriteString("://")
		end := strings.IndexAny(rest, " \t\r\n'\";")
		if end < 0 {
			end = len(rest)
		}
		word := rest[:end]
		if at := strings.LastIndexByte(word, '@'); at >= 0 {
			word = "…" + word[at:]
		}
		if slash := strings.IndexByte(word, '/'); slash >= 0 {
			word = word[:slash] + "/…"
		}
		out.WriteString(word)
		text = rest[end:]
	}
}
