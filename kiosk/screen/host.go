package screen

import (
	"net"
	"net/http"
)

// remoteLoopback reports whether a request comes from this machine and names it.
func remoteLoopback(r *http.Request) bool {
	for _, hostport := range []string{r.RemoteAddr, r.Host} {
		host, _, err := net.SplitHostPort(hostport)
		if err != nil {
			host = hostport
		}
		if !loopback(host) {
			return false
		}
	}
	return true
}
