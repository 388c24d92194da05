package httpapi

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"firepost/firmware-contracts/contract"
	"firepost/gateway/internal/field"
)

// Field is what an installer does with a bus from the page. Scan and Adopt need the line for
// themselves: before their first byte they take the bus from its poll loop and report it as
// down, so that everybody sees that its devices are not watched; they give it back before they
// return, whatever happened, a panic and the end of ctx included. A bus that commands an output
// in an alarm must be refused while there is one.
type Field interface {
	// Buses are those that can be given to an installer.
	Buses() []FieldBus
	// Scan looks for devices on a bus.
	Scan(ctx context.Context, bus string, thorough bool, report field.Report) (*field.ScanResult, error)
	// Adopt brings one new device onto a bus. ask asks the installer.
	Adopt(ctx context.Context, order FieldOrder, ask FieldAsk, report field.Report) (*FieldAdopted, error)
}

// FieldBus is one bus that can be worked on.
type FieldBus struct {
	Name string `json:"name"`
	Port string `json:"port"`
	// Speed is the bus's own, such as "9600 8N1".
	Speed string `json:"speed"`
	// Devices counts what is configured there, Watched those that raise fires: nobody watches
	// them while the bus is worked on.
	Devices int `json:"devices"`
	Watched int `json:"watched"`
	// Outputs counts what the booth switches over this bus.
	Outputs int `json:"outputs"`
}

// FieldOrder says what is to become of a new device.
type FieldOrder struct {
	Bus string `json:"bus"`
	// Premises is the code that the device is bound to.
	Premises string `json:"premises"`
	// Label is what public screens may show.
	Label contract.Text `json:"label"`
}

// FieldAdopted is what became of it.
type FieldAdopted struct {
	*field.Adopted
	// Entry is the device in the configuration; Written says that it stands there, and Snippet
	// is its text, to be put there by hand if it does not.
	Entry   field.Entry `json:"entry"`
	Written bool        `json:"written"`
	Snippet string      `json:"snippet,omitempty"`
}

// FieldQuestion is something that only the installer can do or know.
type FieldQuestion struct {
	Text contract.Text `json:"text"`
	// Options are the answers to choose from; none: it only has to be done.
	Options []FieldOption `json:"options,omitempty"`
}

// FieldOption is one answer.
type FieldOption struct {
	Value string        `json:"value"`
	Title contract.Text `json:"title"`
}

// FieldAsk asks and returns the answer: an option's value, or empty for "done".
type FieldAsk func(ctx context.Context, q FieldQuestion) (string, error)

// FieldJob is the work on a bus, as the page shows it.
type FieldJob struct {
	// Kind is scan or adopt.
	Kind    string `json:"kind"`
	Bus     string `json:"bus"`
	By      string `json:"by"`
	Running bool   `json:"running"`
	// AskedID counts questions, so that an answer is for the one that was seen.
	Progress field.Progress    `json:"progress"`
	Question *FieldQuestion    `json:"question,omitempty"`
	AskedID  int               `json:"asked_id"`
	Scan     *field.ScanResult `json:"scan,omitempty"`
	Notes    []contract.Text   `json:"notes,omitempty"`
	Adopted  *FieldAdopted     `json:"adopted,omitempty"`
	Error    string            `json:"error,omitempty"`
}

// FieldState is everything that the page shows of the buses.
type FieldState struct {
	Buses []FieldBus `json:"buses"`
	Job   *FieldJob  `json:"job,omitempty"`
}

// The longest work, and the longest wait for an answer: devices are not watched meanwhile.
const (
	fieldWithin  = 20 * time.Minute
	answerWithin = 5 * time.Minute
)

// The errors of working on a bus.
var (
	// ErrFieldBusy: one work at a time; the booth has one pair of hands.
	ErrFieldBusy = errors.New("another work on a bus is going on; wait for its end or stop it")
	// ErrFieldAnswer: nobody waits for this answer.
	ErrFieldAnswer = errors.New("this question is not open any more")
	errStopped     = errors.New("stopped by the installer; the bus is watched again")
	errNoAnswer    = errors.New("no answer for five minutes; the bus is watched again")
)

// FieldDesk does one work on a bus at a time. It outlives the pages, so that a reload of the
// configuration does not lose a result.
type FieldDesk struct {
	field Field
	log   *slog.Logger
	jobs  chan func(ctx context.Context)

	mu       sync.Mutex
	job      *FieldJob
	stop     context.CancelCauseFunc
	answer   chan string
	watchers map[chan struct{}]struct{}
}

// NewFieldDesk returns a desk; work is done while its Run runs.
func NewFieldDesk(f Field, log *slog.Logger) *FieldDesk {
	return &FieldDesk{field: f, log: log, jobs: make(chan func(context.Context), 1), watchers: make(map[chan struct{}]struct{})}
}

// Run does the work until ctx ends.
func (d *FieldDesk) Run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case job := <-d.jobs:
			job(ctx)
		}
	}
}

// State is what there is and what goes on.
func (d *FieldDesk) State() FieldState {
	s := FieldState{Buses: d.field.Buses()}
	if s.Buses == nil {
		s.Buses = []FieldBus{}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.job != nil {
		job := *d.job
		s.Job = &job
	}
	return s
}

// Watch returns a channel that says that something changed; cancel ends it.
func (d *FieldDesk) Watch() (changed <-chan struct{}, cancel func()) {
	ch := make(chan struct{}, 1)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.watchers[ch] = struct{}{}
	return ch, func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		delete(d.watchers, ch)
	}
}

// edit changes the job and tells who watches.
func (d *FieldDesk) edit(change func(j *FieldJob)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	change(d.job)
	for ch := range d.watchers {
		select {
		case ch <- struct{}{}:
		default:
		}
	}
}

// Scan begins to look for devices on a bus.
func (d *FieldDesk) Scan(by, bus string, thorough bool) error {
	return d.begin(FieldJob{Kind: "scan", Bus: bus, By: by}, func(ctx context.Context) error {
		res, err := d.field.Scan(ctx, bus, thorough, d.report)
		d.edit(func(j *FieldJob) {
			if j.Scan = res; res != nil {
				j.Notes = res.Notes()
			}
		})
		return err
	})
}

// Adopt begins to bring a new device onto a bus.
func (d *FieldDesk) Adopt(by string, order FieldOrder) error {
	return d.begin(FieldJob{Kind: "adopt", Bus: order.Bus, By: by}, func(ctx context.Context) error {
		res, err := d.field.Adopt(ctx, order, d.ask, d.report)
		d.edit(func(j *FieldJob) { j.Adopted = res })
		return err
	})
}

func (d *FieldDesk) report(p field.Progress) { d.edit(func(j *FieldJob) { j.Progress = p }) }

func (d *FieldDesk) begin(job FieldJob, work func(ctx context.Context) error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.job != nil && d.job.Running {
		return fmt.Errorf("%w (%s, %s)", ErrFieldBusy, d.job.Bus, d.job.By)
	}
	job.Running = true
	d.job, d.stop = &job, nil
	d.jobs <- func(ctx context.Context) { d.work(ctx, work) }
	d.log.Warn("an installer works on a bus; its devices are not watched", "bus", job.Bus, "work", job.Kind, "author", job.By)
	return nil
}

func (d *FieldDesk) work(ctx context.Context, work func(ctx context.Context) error) {
	ctx, done := context.WithTimeout(ctx, fieldWithin)
	defer done()
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	d.mu.Lock()
	d.stop = stop
	d.mu.Unlock()
	err := guarded(ctx, work)
	if cause := context.Cause(ctx); err != nil && cause != nil {
		err = cause
	}
	d.edit(func(j *FieldJob) {
		j.Running, j.Question = false, nil
		if err != nil {
			j.Error = err.Error()
		}
	})
	d.log.Info("the work on a bus is over", "error", err)
}

// guarded makes a panic an error: an installer's tool must not end the watch of a whole booth.
func guarded(ctx context.Context, work func(ctx context.Context) error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the work failed by a mistake of the program: %v", r)
		}
	}()
	return work(ctx)
}

// Stop ends the work; the bus is watched again.
func (d *FieldDesk) Stop() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.stop != nil {
		d.stop(errStopped)
	}
}

// ask puts a question on the page and waits for its answer.
func (d *FieldDesk) ask(ctx context.Context, q FieldQuestion) (string, error) {
	answer := make(chan string, 1)
	d.edit(func(j *FieldJob) {
		j.Question, d.answer = &q, answer
		j.AskedID++
	})
	defer d.edit(func(j *FieldJob) { j.Question, d.answer = nil, nil })
	t := time.NewTimer(answerWithin)
	defer t.Stop()
	select {
	case a := <-answer:
		return a, nil
	case <-t.C:
		return "", errNoAnswer
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
}

// Answer answers the question with this number.
func (d *FieldDesk) Answer(asked int, value string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.job == nil || d.job.Question == nil || d.job.AskedID != asked {
		return ErrFieldAnswer
	}
	known := len(d.job.Question.Options) == 0 && value == ""
	for _, o := range d.job.Question.Options {
		known = known || o.Value == value
	}
	if !known {
		return fmt.Errorf("%w: %q is none of its answers", ErrFieldAnswer, value)
	}
	select {
	case d.answer <- value:
	default: // answered already
	}
	return nil
}
