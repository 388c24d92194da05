// Package player is the page that a booth's television shows, and the daemon's end of it: the
// page is sent what to show as a level, and beats back what is really painted.
//
// The page is plain HTML, CSS and JavaScript, compiled in, and reaches for nothing but the
// daemon's own address. It shows the programme's zones and, above them, the alarm layer, which
// is laid out beforehand and only revealed. It goes on without the daemon: the programme loops
// over the slots that it has, and a takeover that is shown stays until the daemon says otherwise.
//
// Hub is the daemon's end. Setting a state never waits for a page: a slow one skips what it was
// too slow for. A beat that is not exactly what wire.go says closes its connection and is counted.
//
// Measured and tested in Debian's headless Chromium on amd64. What has not run on real hardware:
// a board's hardware video decoder, a television's overscan, an LED wall's own scaler.
package player
