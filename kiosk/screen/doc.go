// Package screen keeps one public screen's browser running, and lets the daemon reach it.
//
// It has two ends. The Runner is a process of its own under the compositor (cage): it starts
// Chromium with a fresh profile in memory, watches it, restarts it, and tells the daemon about
// it and about the plug of the screen. The Desk is the daemon's end: it takes the runner's
// reports and passes orders on. Between them is one WebSocket on this machine,
// /screen/{name}/runner. When the daemon is away the runner carries on, and so does the
// picture.
//
// Chromium is spoken to through a pair of pipes (--remote-debugging-pipe, the DevTools
// protocol as JSON texts that end in a zero byte), not through a port: no other process of the
// board can get at it, and a browser whose runner has died ends by itself. Only a handful of
// calls are used: attach, navigate, screenshot, and the notice of a crash.
//
// For boards whose browser can't decode films the runner runs mpv in its place. Then it speaks to
// the daemon as the page does, too, draws takeovers and words as pictures in a folder in memory,
// and lets mpv fetch films and pictures from the daemon itself.
//
// Connectors are read from /sys/class/drm: see Linux,
// drivers/gpu/drm/drm_sysfs.c, for status, modes,
// enabled and edid; drm_probe_helper.c gives a screen that does not say what it is modes up to
// 1024x768.
//
// What has not run on real hardware: a real HDMI plug (a tree of files stands for it in the
// tests), Chromium and mpv on ARM, mpv on DRM or with sound, and hardware video decoding.
package screen
