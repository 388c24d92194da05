package httpapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"

	"firepost/cloud-bridge/weblogin"
	"firepost/gateway/internal/walktest"
)

// maxBody bounds what a page may send.
const maxBody = 16 << 10

// walkAct is what a page may ask of a walk test.
type walkAct struct {
	Premises []string        `json:"premises"`
	Devices  []string        `json:"devices"`
	Device   string          `json:"device"`
	Point    string          `json:"point"`
	Result   walktest.Result `json:"result"`
	Reason   string          `json:"reason"`
	Cross    int             `json:"cross"`
	Choice   walktest.Choice `json:"choice"`
}

// walkRoutes adds the walk test to the mux. Whoever is logged in may look; acting takes an
// installer and a request that the page itself made.
func (s *Server) walkRoutes(mux *http.ServeMux) {
	login := s.opts.Login
	mux.HandleFunc("GET /api/walk", login.Require(s.walkNow))
	mux.HandleFunc("GET /api/walk/watch", login.Require(s.walkWatch))
	mux.HandleFunc("GET /api/reports", login.Require(s.reports))
	mux.HandleFunc("GET /reports/{file}", login.Require(s.report))
	mux.HandleFunc("POST /api/walk", login.Require(s.walkStart, installer))
	mux.HandleFunc("POST /api/walk/{id}/{act}", login.Require(s.walkAct, installer))
}

func (s *Server) walkNow(w http.ResponseWriter, _ *http.Request) {
	o, err := s.opts.Walk.Overview()
	if err != nil {
		s.fail(w, err)
		return
	}
	send(w, http.StatusOK, o)
}

func (s *Server) walkWatch(w http.ResponseWriter, r *http.Request) {
	changed, cancel := s.opts.Walk.Watch()
	defer cancel()
	push(s, w, r, changed, func() (any, error) { return s.opts.Walk.Overview() })
}

func (s *Server) walkStart(w http.ResponseWriter, r *http.Request) {
	in, ok := body(w, r)
	if !ok {
		return
	}
	id, err := s.opts.Walk.Start(r.Context(), weblogin.Of(r.Context()).Name, in.Premises, in.Devices)
	if err != nil {
		s.fail(w, err)
		return
	}
	send(w, http.StatusCreated, map[string]string{"id": id})
}

func (s *Server) walkAct(w http.ResponseWriter, r *http.Request) {
	in, ok := body(w, r)
	if !ok {
		return
	}
	ctx, walk, id, by := r.Context(), s.opts.Walk, r.PathValue("id"), weblogin.Of(r.Context()).Name
	var err error
	switch r.PathValue("act") {
	case "now":
		err = walk.Now(id, by, in.Device, in.Point)
	case "stop":
		err = walk.Stop(id, by)
	case "mark":
		err = walk.Mark(id, by, in.Device, in.Point, in.Result, in.Reason)
	case "settle":
		err = walk.Settle(id, by, in.Cross, in.Choice)
	case "extend":
		err = walk.Extend(ctx, id, by)
	case "takeup":
		err = walk.TakeUp(ctx, id, by)
	case "finish":
		err = walk.Finish(ctx, id, by)
	case "abandon":
		err = walk.Abandon(ctx, id, by, in.Reason)
	default:
		refuse(w, http.StatusNotFound, problem{Code: "unknown_act", EN: "a walk test can't do this", ZH: "没有这种操作"})
		return
	}
	if err != nil {
		s.fail(w, err)
		return
	}
	s.walkNow(w, r)
}

func body(w http.ResponseWriter, r *http.Request) (walkAct, bool) {
	var in walkAct
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	d.DisallowUnknownFields()
	if err := d.Decode(&in); err != nil && !errors.Is(err, io.EOF) {
		refuse(w, http.StatusBadRequest, problem{Code: "bad_request", EN: "this page sent something that can't be read: " + err.Error(), ZH: "请求无法识别，请刷新页面"})
		return in, false
	}
	return in, true
}

// fail answers with what was refused, or that the booth itself failed.
func (s *Server) fail(w http.ResponseWriter, err error) {
	if no, ok := errors.AsType[*walktest.Refusal](err); ok {
		refuse(w, http.StatusConflict, problem{Code: no.Code, EN: no.EN, ZH: no.ZH, Detail: no.Detail})
		return
	}
	s.log.Error("walk test", "error", err)
	refuse(w, http.StatusInternalServerError, problem{Code: "failed", EN: err.Error(), ZH: "驿站内部错误"})
}

func (s *Server) reports(w http.ResponseWriter, _ *http.Request) {
	list, err := s.opts.Walk.Reports().List()
	if err != nil {
		s.fail(w, err)
		return
	}
	send(w, http.StatusOK, list)
}

// report shows one report, to print (.html) or to keep (.json). One whose hash is wrong is
// shown as what it is.
func (s *Server) report(w http.ResponseWriter, r *http.Request) {
	file := r.PathValue("file")
	id, asJSON := strings.CutSuffix(file, ".json")
	if !asJSON {
		var ok bool
		if id, ok = strings.CutSuffix(file, ".html"); !ok {
			http.NotFound(w, r)
			return
		}
	}
	rep, err := s.opts.Walk.Reports().Load(id)
	switch {
	case errors.Is(err, walktest.ErrID), errors.Is(err, walktest.ErrNone):
		http.NotFound(w, r)
		return
	case err != nil && !errors.Is(err, walktest.ErrHash):
		s.fail(w, err)
		return
	}
	if asJSON {
		send(w, http.StatusOK, rep)
		return
	}
	var page bytes.Buffer
	if err := walktest.Print(&page, rep, err, "../report.css", "../report.js"); err != nil {
		s.fail(w, err)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(page.Bytes())
}
