package media

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// Small fetches a small thing from the server of the media, such as a manifest: at most MaxManifest
// bytes of a path. tag is what the server called it last time, and comes back as next; nil bytes
// without an error mean that nothing has changed, or that there is nothing. Errors wrap ErrConfig,
// ErrSource or ErrTemporary.
func (v *Service) Small(ctx context.Context, path, tag string) (data []byte, next string, err error) {
	if v.fetch.base == nil {
		return nil, "", fmt.Errorf("%w: no server is set", ErrConfig)
	}
	client, err := v.fetch.client()
	if err != nil {
		return nil, tag, err
	}
	defer client.CloseIdleConnections()
	ctx, alive, cancel := v.fetch.watch(ctx)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, v.fetch.base.JoinPath(path).String(), nil)
	if err != nil {
		return nil, tag, fmt.Errorf("%w: %w", ErrConfig, err)
	}
	if tag != "" {
		req.Header.Set("If-None-Match", tag)
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, tag, fmt.Errorf("%w: ask for %s: %w", ErrTemporary, path, errors.Join(err, context.Cause(ctx)))
	}
	defer func() { _ = resp.Body.Close() }()
	alive()
	switch resp.StatusCode {
	case http.StatusOK:
	case http.StatusNotModified, http.StatusNotFound, http.StatusNoContent:
		return nil, tag, nil
	default:
		why := ErrSource
		if resp.StatusCode >= http.StatusInternalServerError {
			why = ErrTemporary
		}
		return nil, tag, fmt.Errorf("%w: %s for %s", why, resp.Status, path)
	}
	data, err = io.ReadAll(io.LimitReader(resp.Body, MaxManifest+1))
	if err != nil {
		return nil, tag, fmt.Errorf("%w: read %s: %w", ErrTemporary, path, err)
	}
	if len(data) > MaxManifest {
		return nil, tag, fmt.Errorf("%w: %s has more than %d bytes", ErrSource, path, MaxManifest)
	}
	return data, resp.Header.Get("ETag"), nil
}
