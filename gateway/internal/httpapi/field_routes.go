package httpapi

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"firepost/cloud-bridge/weblogin"
)

// fieldRoutes adds the work on buses to the mux, for installers only.
func (s *Server) fieldRoutes(mux *http.ServeMux) {
	only := func(h http.HandlerFunc) http.HandlerFunc { return s.opts.Login.Require(h, installer) }
	mux.HandleFunc("GET /api/field", only(func(w http.ResponseWriter, _ *http.Request) { send(w, http.StatusOK, s.opts.Field.State()) }))
	mux.HandleFunc("GET /api/field/watch", only(func(w http.ResponseWriter, r *http.Request) {
		changed, cancel := s.opts.Field.Watch()
		defer cancel()
		push(s, w, r, changed, func() (any, error) { return s.opts.Field.State(), nil })
	}))
	mux.HandleFunc("POST /api/field/{act}", only(s.fieldAct))
}

func (s *Server) fieldAct(w http.ResponseWriter, r *http.Request) {
	var in struct {
		FieldOrder
		Thorough bool `json:"thorough"`
		// Unwatched is the installer's word that he knows what nobody watches meanwhile.
		Unwatched bool   `json:"unwatched"`
		Asked     int    `json:"asked"`
		Value     string `json:"value"`
	}
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	d.DisallowUnknownFields()
	if err := d.Decode(&in); err != nil && !errors.Is(err, io.EOF) {
		refuse(w, http.StatusBadRequest, problem{Code: "bad_request", EN: "this page sent something that can't be read: " + err.Error(), ZH: "请求无法识别，请刷新页面"})
		return
	}
	desk, by := s.opts.Field, weblogin.Of(r.Context()).Name
	act := r.PathValue("act")
	if (act == "scan" || act == "adopt") && !in.Unwatched {
		refuse(w, http.StatusConflict, problem{Code: "confirm", EN: "confirm that the devices of this bus are not watched meanwhile", ZH: "请确认：期间此总线上的设备无人监视"})
		return
	}
	var err error
	switch act {
	case "scan":
		err = desk.Scan(by, in.Bus, in.Thorough)
	case "adopt":
		if in.Premises == "" {
			refuse(w, http.StatusConflict, problem{Code: "needs_premises", EN: "give the premises' code", ZH: "请填写场所编码"})
			return
		}
		err = desk.Adopt(by, in.FieldOrder)
	case "answer":
		err = desk.Answer(in.Asked, in.Value)
	case "stop":
		desk.Stop()
	default:
		refuse(w, http.StatusNotFound, problem{Code: "unknown_act", EN: "a bus can't do this", ZH: "没有这种操作"})
		return
	}
	if err != nil {
		zh := "另一项总线操作正在进行"
		if errors.Is(err, ErrFieldAnswer) {
			zh = "此问题已不需要回答"
		}
		refuse(w, http.StatusConflict, problem{Code: "busy", EN: err.Error(), ZH: zh})
		return
	}
	send(w, http.StatusOK, desk.State())
}
