package serialport

import (
	"io"

	tarm "github.com/tarm/serial"
	bugst "go.bug.st/serial"
)

// library is what the two serial libraries have in common. Read is only called when bytes
// are waiting, so neither library's own way of timing out matters.
type library interface {
	io.ReadWriteCloser
}

// openLibrary sets the line up and returns the library's port.
func openLibrary(b Backend, path string, baud int, f format) (library, error) {
	if b == Tarm {
		return openTarm(path, baud, f)
	}
	return openBugst(path, baud, f)
}

func openBugst(path string, baud int, f format) (library, error) {
	mode := &bugst.Mode{BaudRate: baud, DataBits: f.data}
	switch f.parity {
	case 'E':
		mode.Parity = bugst.EvenParity
	case 'O':
		mode.Parity = bugst.OddParity
	}
	if f.stop == 2 {
		mode.StopBits = bugst.TwoStopBits
	}
	port, err := bugst.Open(path, mode)
	if err != nil {
		return nil, err
	}
	// Zero: a read of which someone else took the bytes returns instead of blocking.
	if err := port.SetReadTimeout(0); err != nil {
		return nil, joinClose(err, port)
	}
	return port, nil
}

func openTarm(path string, baud int, f format) (library, error) {
	c := &tarm.Config{
		Name: path, Baud: baud, Size: byte(f.data), StopBits: tarm.StopBits(f.stop),
		Parity: tarm.Parity(f.parity), ReadTimeout: Tarm.Guarantees().Library.TimeoutStep,
	}
	port, err := tarm.OpenPort(c)
	if err != nil {
		return nil, err
	}
	return port, nil
}
