// Package blobs carries large things from a booth to the district: pictures of the scene,
// diagnostics. They go by HTTPS with client certificates, one at a time, and go on where they
// stopped; MQTT carries only hash, size and kind.
//
// # The protocol
//
// A blob is named by its SHA-256 in lower-case hexadecimal at /v1/blobs/{sha256}. The words are
// those of the IETF's resumable uploads (draft-ietf-httpbis-resumable-upload), of which this is
// the smallest useful part:
//
//	HEAD   → 204, Upload-Offset: bytes stored so far (0 for an unknown blob),
//	         Upload-Complete: ?1 once the whole blob is stored and its hash was right, else ?0.
//	PATCH  Upload-Offset: n, Upload-Length: whole size, body: the bytes from n.
//	       → 204, Upload-Offset: n + body, Upload-Complete: ?1 with the last byte.
//	       → 409, Upload-Offset: where to go on, when n is not where the receiver stands.
//	       → 413 the blob is larger than the receiver takes, 422 the whole did not have its
//	         hash and was thrown away, 423 another upload of this blob is going on,
//	         507 no room now, 401 or 403 not this sender.
//
// What arrived of a broken PATCH counts. A receiver answers Upload-Complete: ?1 only when the
// blob is durable under its name. Nothing else is ever taken for stored.
package blobs
