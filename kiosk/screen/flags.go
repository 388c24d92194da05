package screen

import "strconv"

// lowMemory is the board's memory below which the low-memory profile is the default.
const lowMemory = 1536 << 20

// startPage stands until the daemon serves the real one: black, not white, and never the
// browser's own error page.
const startPage = `data:text/html,<html style="background:%23000"></html>`

// flagsOf is Chromium's command line. Neither --ozone-platform nor --use-gl is forced: on some
// boards that silently switches the hardware decoder off; the browser finds the compositor by
// XDG_SESSION_TYPE and WAYLAND_DISPLAY.
func flagsOf(profile string, low bool, extra []string) []string {
	flags := []string{
		// One window without any frame, over the whole output. Not --app: with it Chromium 156
		// crashes at its start under a Wayland compositor (Debian 12, cage 0.1.4).
		"--kiosk",
		// The profile is in memory and of this start only: nothing of the last crash is left,
		// and no flash card is worn.
		"--user-data-dir=" + profile, "--disk-cache-size=" + strconv.Itoa(32<<20), "--media-cache-size=" + strconv.Itoa(32<<20),
		// DevTools by pipes; see the package's description.
		"--remote-debugging-pipe",
		// Nothing may stand over the picture: error dialogues, bars, first-run pages, the
		// bubble that offers to restore pages, translation, default-browser questions.
		"--noerrdialogs", "--disable-infobars", "--no-first-run", "--no-default-browser-check",
		"--disable-session-crashed-bubble", "--hide-crash-restore-bubble",
		"--disable-features=Translate,MediaRouter,OptimizationHints,AutofillServerCommunication,GlobalMediaControls,HttpsUpgrades",
		// Nobody is there to touch it, and a stray touch must not move it.
		"--disable-pinch", "--overscroll-history-navigation=0", "--disable-extensions",
		// The picture never waits for a keyring, and films start without a click.
		"--password-store=basic", "--autoplay-policy=no-user-gesture-required",
		// A kiosk's window has no focus under some compositors: it is in front all the same.
		"--disable-backgrounding-occluded-windows", "--disable-renderer-backgrounding", "--disable-background-timer-throttling",
		// It speaks to its own daemon only: no updates, reports, syncing, pings.
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-domain-reliability",
		"--disable-breakpad", "--no-pings", "--check-for-update-interval=31536000", "--disable-default-apps",
		// A booth's proxy settings, if any, are for the way out, never for 127.0.0.1.
		"--no-proxy-server",
		// A page that is stuck is ended by the daemon, not by a dialogue.
		"--disable-hang-monitor", "--disable-prompt-on-repost",
	}
	if low {
		flags = append(flags,
			// Boards with 1 GiB: smaller caches and textures, one process for the page, at most
			// 64 MiB of script memory, and shared memory outside a small /dev/shm.
			"--enable-low-end-device-mode", "--renderer-process-limit=1", "--process-per-site",
			"--js-flags=--max-old-space-size=64", "--disable-dev-shm-usage")
	}
	return append(append(flags, extra...), startPage)
}
