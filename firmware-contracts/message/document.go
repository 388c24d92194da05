package message

import (
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// The roles of who signs what the public sees, and free words.
const (
	// RoleAuthor made it, RoleApprover has looked at it: never the same person.
	RoleAuthor   = "author"
	RoleApprover = "approver"
)

// ErrDocument is wrapped where a signed document can't be believed; the error says what is missing.
var ErrDocument = errors.New("document is not to be believed")

// MaxDocument is the largest signed document, in bytes, that OpenDocument looks at.
const MaxDocument = 4 << 20

// Endorsers are the issuers whose keys signed a document.
type Endorsers struct{ Author, Approver string }

// SealDocument signs a document of a kind (such as "programme"): what is signed is the text
// "firepost-document-v1", a space, the kind and a line feed, then the body. So a signature for
// one kind never passes for another, nor for a command.
func SealDocument(kind string, body []byte, signers ...Signer) ([]byte, error) {
	env := Envelope{Body: body, Sigs: make([]Signature, 0, len(signers))}
	for _, s := range signers {
		if len(s.Key) != ed25519.PrivateKeySize {
			return nil, fmt.Errorf("seal %s: private key %q has %d bytes, not %d", kind, s.KID, len(s.Key), ed25519.PrivateKeySize)
		}
		env.Sigs = append(env.Sigs, Signature{KID: s.KID, Sig: ed25519.Sign(s.Key, signedDocument(kind, body))})
	}
	out, err := json.Marshal(env)
	if err != nil {
		return nil, fmt.Errorf("seal %s: %w", kind, err)
	}
	return out, nil
}

// OpenDocument reads a document of a kind that two people signed: one key of the ring with the
// role RoleAuthor, and another one, of another issuer, with the role RoleApprover. It is as
// strict as Open; every error wraps ErrDocument.
func OpenDocument(kind string, env []byte, ring Keyring) (body []byte, by Endorsers, err error) {
	if len(env) > MaxDocument {
		return nil, by, fmt.Errorf("open %s: %w: %d bytes, at most %d", kind, ErrDocument, len(env), MaxDocument)
	}
	var e Envelope
	if err := strictJSON(env, &e); err != nil {
		return nil, by, fmt.Errorf("open %s: %w: %w", kind, ErrDocument, err)
	}
	if len(e.Sigs) > MaxSignatures {
		return nil, by, fmt.Errorf("open %s: %w: %d signatures, at most %d", kind, ErrDocument, len(e.Sigs), MaxSignatures)
	}
	good := goodSigners(kind, &e, ring)
	for _, author := range good {
		for _, approver := range good {
			if author.Issuer != approver.Issuer && slices.Contains(author.Roles, RoleAuthor) && slices.Contains(approver.Roles, RoleApprover) {
				return e.Body, Endorsers{author.Issuer, approver.Issuer}, nil
			}
		}
	}
	return nil, by, fmt.Errorf("open %s: %w: %d of %d signatures are good and known; one by an author and one by an approver of another issuer are needed",
		kind, ErrDocument, len(good), len(e.Sigs))
}

// goodSigners are the keys of the ring whose signatures fit, in the envelope's order.
func goodSigners(kind string, e *Envelope, ring Keyring) []Key {
	var good []Key
	msg := signedDocument(kind, e.Body)
	for _, s := range e.Sigs {
		key, ok := ring[s.KID]
		if ok && len(key.Public) == ed25519.PublicKeySize && ed25519.Verify(key.Public, msg, s.Sig) {
			good = append(good, key)
		}
	}
	return good
}

func signedDocument(kind string, body []byte) []byte {
	return append([]byte("firepost-document-v1 "+kind+"\n"), body...)
}
