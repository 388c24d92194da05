package main

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"

	"firepost/firmware-contracts/message"
	"firepost/gateway/internal/config"
	"firepost/kiosk/media"
	"firepost/kiosk/programme"
)

const programmeHelp = `usage: firepost programme check FILE… [-screen NAME] [-at 2026-11-24T07:55] [-for 2h] [-lang en|zh]
       firepost programme manifest DIR [-profile pi4] [-fill] [-o FILE]
       firepost programme key -out FILE
       firepost programme sign -kid KID -key FILE MANIFEST.json|NAME.signed [-o FILE]
       firepost programme verify -config FILE NAME.signed [-lang en|zh]
       firepost programme put -config FILE NAME.signed DIR [-partial]
       firepost programme report -config FILE -from 2026-11-01 -to 2026-11-30 [-form csv|html] [-lang en|zh] [-o FILE]

What the screens play: one file, programme.yaml, and its media. Two people sign every
programme, an author and an approver; a booth plays nothing else than what came with it.
节目单与媒体：每个节目由作者和审核人两人签名，驿站才会播放。

  check     every mistake with line, column and a way out; with -screen or -at, what plays when
  manifest  a folder with programme.yaml and its media as a manifest: sizes, hashes, lengths.
            What the board can't decode is refused, with the command that converts it
  key       a new key of one person; prints the public half for the configuration
  sign      adds one signature: the author's first, then the approver's
  verify    who signed, by the keys of a booth's configuration
  put       brings a signed programme to this booth by hand; the daemon takes it in
  report    proof of play (播放记录), from the files of the booth

examples:
  firepost programme check winter/programme.yaml -screen tv -at 2026-11-24T07:55 -for 2h
  firepost programme manifest winter/ -fill -o winter.json
  firepost programme key -out li.pem
  firepost programme sign -kid li-1 -key li.pem winter.json
  firepost programme sign -kid wang-1 -key wang.pem winter.signed
  firepost programme verify -config /etc/firepost/firepost.yaml winter.signed
  firepost programme put -config /etc/firepost/firepost.yaml winter.signed winter/
  firepost programme report -from 2026-11-01 -to 2026-11-30 -form csv -lang zh -o plays.csv`

func runProgramme(ctx context.Context, args []string, std streams) error {
	if len(args) > 0 {
		switch args[0] {
		case "check":
			return programmeCheck(args[1:], std)
		case "manifest":
			return programmeManifest(ctx, args[1:], std)
		case "key":
			return programmeKey(args[1:], std)
		case "sign":
			return programmeSign(args[1:], std)
		case "verify":
			return programmeVerify(args[1:], std)
		case "put":
			return programmePut(ctx, args[1:], std)
		case "report":
			return programmeReport(args[1:], std)
		case "-h", "-help", "--help", "help":
			fmt.Fprintln(std.out, programmeHelp)
			return nil
		}
	}
	fmt.Fprintln(std.err, programmeHelp)
	return fmt.Errorf("%w: say programme check, manifest, key, sign, verify, put or report", errUsage)
}

// in chooses the words of a language.
func in(lang, zh, en string) string {
	if lang == "zh" {
		return zh
	}
	return en
}

// readBounded reads a file that may not be larger than most bytes.
func readBounded(path string, most int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read: %w", err)
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(io.LimitReader(f, most+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	if int64(len(data)) > most {
		return nil, fmt.Errorf("read %s: more than %d bytes", path, most)
	}
	return data, nil
}

// manifestOf reads a manifest and the programme in it.
func manifestOf(body []byte) (media.Manifest, *programme.Programme, error) {
	m, err := media.ParseManifest(body)
	if err != nil {
		return m, nil, err
	}
	p, err := programme.Parse(m.Programme.Name, m.Programme.Data)
	if err != nil {
		return m, nil, fmt.Errorf("the programme in the manifest: %w", err)
	}
	brings := make(map[string]bool, len(m.Items))
	for _, it := range m.Items {
		brings[it.SHA256] = true
	}
	for _, sum := range p.Media() {
		if !brings[sum] {
			return m, nil, fmt.Errorf("%w: its programme plays %s, which it does not bring; make it anew with firepost programme manifest", media.ErrManifest, sum)
		}
	}
	return m, p, nil
}

// screensOf loads a configuration that has screens.
func screensOf(path string) (*config.Config, error) {
	cfg, err := load(path)
	if err != nil {
		return nil, err
	}
	if cfg.Screens == nil {
		return nil, fmt.Errorf("%s has no screens: section; this booth has no screens", path)
	}
	return cfg, nil
}

// errNoKeys: nobody's signature counts at this booth.
var errNoKeys = errors.New("the configuration names no authors and approvers: list their keys at screens.programme.keys")

// ringOf are the keys of authors and approvers.
func ringOf(s *config.Screens) (message.Keyring, error) {
	if s.Programme == nil || len(s.Programme.Keys) == 0 {
		return nil, errNoKeys
	}
	ring := make(message.Keyring, len(s.Programme.Keys))
	for _, k := range s.Programme.Keys {
		raw, err := base64.StdEncoding.DecodeString(k.Public)
		if err != nil {
			return nil, fmt.Errorf("key %s: %w", k.KID, err)
		}
		ring[k.KID] = message.Key{Public: ed25519.PublicKey(raw), Issuer: k.Issuer, Roles: k.Roles}
	}
	return ring, ring.Check()
}
