package camera

import (
	"context"
	"net"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/bluenviron/gortsplib/v5"
	"github.com/bluenviron/gortsplib/v5/pkg/base"
	"github.com/bluenviron/gortsplib/v5/pkg/description"
	"github.com/bluenviron/gortsplib/v5/pkg/format"
	"github.com/bluenviron/gortsplib/v5/pkg/liberrors"
	"github.com/pion/rtp"
)

// rtspServer takes one publisher and serves it to readers who know the password.
type rtspServer struct {
	server         *gortsplib.Server
	address        string
	user, password string
	recording      chan struct{} // closed with the publisher's first packet
	once           sync.Once
	ended          chan struct{} // one value for each reader's session that ended

	mu         sync.Mutex
	stream     *gortsplib.ServerStream
	transports []gortsplib.Protocol
}

func serveRTSP(t *testing.T, user, password string) *rtspServer {
	t.Helper()
	s := &rtspServer{user: user, password: password, recording: make(chan struct{}), ended: make(chan struct{}, 100)}
	s.server = &gortsplib.Server{
		Handler: s, RTSPAddress: "127.0.0.1:0",
		Listen: func(network, address string) (net.Listener, error) {
			l, err := (&net.ListenConfig{}).Listen(t.Context(), network, address)
			if err == nil {
				s.address = l.Addr().String()
			}
			return l, err
		},
	}
	if err := s.server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.server.Close()
		_ = s.server.Wait()
	})
	return s
}

func (s *rtspServer) current() *gortsplib.ServerStream {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stream
}

// OnDescribe checks the reader's password.
func (s *rtspServer) OnDescribe(ctx *gortsplib.ServerHandlerOnDescribeCtx) (*base.Response, *gortsplib.ServerStream, error) {
	if s.password != "" && !ctx.Conn.VerifyCredentials(ctx.Request, s.user, s.password) {
		return &base.Response{StatusCode: base.StatusUnauthorized}, nil, liberrors.ErrServerAuth{}
	}
	if stream := s.current(); stream != nil && strings.Trim(ctx.Path, "/") == "live" {
		return &base.Response{StatusCode: base.StatusOK}, stream, nil
	}
	return &base.Response{StatusCode: base.StatusNotFound}, nil, nil
}

func (s *rtspServer) OnAnnounce(ctx *gortsplib.ServerHandlerOnAnnounceCtx) (*base.Response, error) {
	stream := &gortsplib.ServerStream{Server: s.server, Desc: ctx.Description}
	if err := stream.Initialize(); err != nil {
		return &base.Response{StatusCode: base.StatusBadRequest}, err
	}
	s.mu.Lock()
	s.stream = stream
	s.mu.Unlock()
	return &base.Response{StatusCode: base.StatusOK}, nil
}

func (s *rtspServer) OnSetup(ctx *gortsplib.ServerHandlerOnSetupCtx) (*base.Response, *gortsplib.ServerStream, error) {
	if ctx.Session.State() == gortsplib.ServerSessionStatePreRecord {
		return &base.Response{StatusCode: base.StatusOK}, nil, nil
	}
	s.mu.Lock()
	s.transports = append(s.transports, ctx.Transport.Protocol)
	s.mu.Unlock()
	return &base.Response{StatusCode: base.StatusOK}, s.current(), nil
}

func (s *rtspServer) OnPlay(*gortsplib.ServerHandlerOnPlayCtx) (*base.Response, error) {
	return &base.Response{StatusCode: base.StatusOK}, nil
}

func (s *rtspServer) OnRecord(ctx *gortsplib.ServerHandlerOnRecordCtx) (*base.Response, error) {
	stream := s.current()
	ctx.Session.OnPacketRTPAny(func(m *description.Media, _ format.Format, p *rtp.Packet) {
		_ = stream.WritePacketRTP(m, p)
		s.once.Do(func() { close(s.recording) })
	})
	return &base.Response{StatusCode: base.StatusOK}, nil
}

// publish runs ffmpeg as the camera's inside until the test ends.
func (s *rtspServer) publish(t *testing.T, graph string, coding ...string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	args := append([]string{"-hide_banner", "-loglevel", "error", "-nostdin", "-re", "-f", "lavfi", "-i", graph}, coding...)
	args = append(args, "-f", "rtsp", "-rtsp_transport", "tcp", "rtsp://"+s.address+"/live")
	cmd := exec.CommandContext(ctx, "/usr/bin/ffmpeg", args...)
	var said strings.Builder
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = cmd.Wait()
	}()
	t.Cleanup(func() {
		cancel()
		<-done
	})
	select {
	case <-s.recording:
	case <-done:
		t.Fatalf("publisher ended: %s", said.String())
	}
}

// camera is an IP camera at the server, with a limit that a loaded machine keeps.
func (s *rtspServer) camera(t *testing.T, path string, change func(*Settings)) *Camera {
	t.Helper()
	set := testSettings(KindRTSP, "rtsp://"+s.address+path)
	if change != nil {
		change(&set)
	}
	c, err := New(set)
	if err != nil {
		t.Fatal(err)
	}
	return c
}
