package mqttlink

import "bytes"

// markResend returns a copy of a JSON object's bytes with "resend":true as its last member,
// without parsing it. What is not an object comes back as it is.
func markResend(payload []byte) []byte {
	p := bytes.TrimRight(payload, " \t\r\n")
	if len(p) < 2 || p[len(p)-1] != '}' {
		return payload
	}
	body := p[:len(p)-1]
	const mark = `"resend":true}`
	out := make([]byte, 0, len(body)+len(mark)+1)
	out = append(out, body...)
	if rest := bytes.TrimRight(body, " \t\r\n"); rest[len(rest)-1] != '{' {
		out = append(out, ',')
	}
	return append(out, mark...)
}
