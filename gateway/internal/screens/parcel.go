package screens

import (
	"context"
	"errors"
	"fmt"
	"io"

	"firepost/firmware-contracts/message"
	"firepost/kiosk/media"
)

// TakeIn takes a signed manifest with its media by hand instead of from the server: a memory
// stick, a booth without a network. It is Offer, and then every file that open can give is
// copied into the store, which proves its hash. What open does not have (media.ErrNotHere) is
// fetched from the server, where there is one. Errors are Offer's, open's and media's.
func (l *Library) TakeIn(ctx context.Context, env []byte, open func(it media.Item) (io.ReadCloser, error)) error {
	if err := l.Offer(ctx, env); err != nil {
		return err
	}
	body, _, err := message.OpenDocument(DocumentKind, env, l.o.Keys)
	if err != nil {
		return err
	}
	m, err := media.ParseManifest(body)
	if err != nil {
		return err
	}
	for _, it := range m.Items {
		if err := l.bring(ctx, it, open); err != nil {
			return err
		}
	}
	// Once more, now that everything is here: nobody waits for the next round.
	return l.Offer(ctx, env)
}

func (l *Library) bring(ctx context.Context, it media.Item, open func(it media.Item) (io.ReadCloser, error)) error {
	f, err := open(it)
	if errors.Is(err, media.ErrNotHere) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("take in %q: %w", it.Name, err)
	}
	defer func() { _ = f.Close() }()
	return l.store.Add(ctx, it, f)
}
