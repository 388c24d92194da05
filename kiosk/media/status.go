package media

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The codes of faults. They are stable; ops and health know them.
const (
	faultRotten      = "media.rotten"
	faultStorage     = "media.storage"
	faultPublication = "media.publication"
	faultRoom        = "media.room"
	faultContent     = "media.content"
	faultUnfit       = "media.unfit"
	faultSource      = "media.source"
	faultDegraded    = "media.degraded"
	faultUnchecked   = "media.unchecked"
)

// Fault is one thing that ops must know.
type Fault struct {
	// Code is stable: media.rotten, media.room, …
	Code string
	// ZH and EN are for people; Detail is the last error of this kind.
	ZH, EN, Detail string
}

// Status is what health shows of the media.
type Status struct {
	// Version and Programme are what plays; Version is 0 and Programme empty while nothing was
	// published. Previous is the version of the way back, or 0.
	Version   uint64
	Programme string
	Previous  uint64
	// OutOfPlay and Unchecked name items of what plays.
	OutOfPlay, Unchecked []string
	// Wanted is the version being fetched, or 0, with what is still missing of it.
	Wanted       uint64
	Missing      int
	MissingBytes int64
	// LeftAlone are objects that came wrong too often, by hash.
	LeftAlone []string
	// Fetching names the object that is arriving, or is empty.
	Fetching                 string
	FetchingAt, FetchingSize int64
	Waiting                  Waiting
	// SinceFetch is how long ago an object was fetched last, 0 if none was since the start.
	SinceFetch time.Duration
	LastError  string
	// Held: a manifest was rolled back, and is not taken again.
	Held          bool
	Bytes, Budget int64
	// Free is -1 when the disk does not say.
	Free, Floor int64
	// Rotten, WrongHash, DiskFull, Published and RolledBack count since the start.
	Rotten, WrongHash, DiskFull, Published, RolledBack uint64
	// Verified is the last walk over the objects; zero before the first.
	Verified      Verified
	SinceVerified time.Duration
	Faults        []Fault
}

// Waiting is why nothing is being fetched although something is missing.
type Waiting string

// The reasons to wait.
const (
	// WaitNothing: nothing is missing, or it is being fetched.
	WaitNothing Waiting = ""
	// WaitHours: outside of the hours for downloads.
	WaitHours Waiting = "hours"
	// WaitClock: the clock is not trusted, and the hours are not ignored yet.
	WaitClock Waiting = "clock"
	// WaitRetry: the last attempt failed; the next comes by itself.
	WaitRetry Waiting = "retry"
	// WaitRoom: there is no room.
	WaitRoom Waiting = "room"
	// WaitManifest: what is missing can't be had until the manifest changes.
	WaitManifest Waiting = "manifest"
)

// fault notes a fault. The caller holds mu, or is alone.
func (s *Store) fault(code, detail string) { s.faults[code] = detail }

// tell is fault for who does not hold mu.
func (s *Store) tell(code, detail string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault(code, detail)
}

// clear ends a fault. The caller holds mu, or is alone.
func (s *Store) clear(code string) { delete(s.faults, code) }

// words are what people read for a code.
func words(code string) (zh, en string) {
	switch code {
	case faultRotten:
		return "媒体文件损坏，已隔离，重新下载", "a media file rotted; it was put aside and is fetched again"
	case faultStorage:
		return "媒体存储读写出错", "the media folder can't be read or written"
	case faultPublication:
		return "节目发布记录损坏，已退回可用版本", "the record of what plays was damaged; an older whole one plays"
	case faultRoom:
		return "媒体磁盘空间不足", "there is no room for new media"
	case faultContent:
		return "下载的媒体校验不符，已停止下载该文件", "a media file comes with the wrong content; it is left alone"
	case faultUnfit:
		return "媒体格式本屏不能播放，未发布", "media that this screen can't show; nothing was published"
	case faultSource:
		return "媒体服务器响应有误", "the media server answers wrongly"
	case faultDegraded:
		return "部分节目素材缺失，已跳过", "some items are out of play"
	case faultUnchecked:
		return "部分节目素材未经检查", "some items could not be checked"
	default:
		return "媒体故障", "a media fault"
	}
}

// Status returns the store's part of the state; Service.Status adds the rest.
func (s *Store) Status() Status {
	free, err := s.opts.Disk.Free(s.opts.Dir)
	s.mu.Lock()
	defer s.mu.Unlock()
	st := Status{
		Bytes: s.used(), Budget: s.opts.MaxBytes, Free: free, Floor: s.opts.FreeFloor, Held: s.held != "",
		Rotten: s.counts.rotten, WrongHash: s.counts.wrongHash, DiskFull: s.counts.diskFull,
		Published: s.counts.published, RolledBack: s.counts.rolledBack,
	}
	faults := maps.Clone(s.faults)
	if err != nil {
		st.Free, faults[faultStorage] = -1, err.Error()
	}
	if v, ok := s.view(s.current); ok {
		st.Version, st.Programme = v.Manifest.Version, v.Manifest.Programme.Name
		st.OutOfPlay, st.Unchecked = names(v.OutOfPlay), names(v.Unchecked)
		if len(st.OutOfPlay) > 0 {
			faults[faultDegraded] = cutList(st.OutOfPlay)
		} else {
			delete(faults, faultRotten)
		}
		if len(st.Unchecked) > 0 {
			faults[faultUnchecked] = cutList(st.Unchecked)
		}
	}
	if s.previous != nil {
		st.Previous = s.previous.manifest.Version
	}
	if s.wanted != nil {
		st.Wanted = s.wanted.Manifest.Version
		for _, it := range s.wanted.Manifest.Items {
			if s.lacks(it) {
				st.Missing++
				st.MissingBytes += it.Size - min(it.Size, s.sizes[it.SHA256])
			}
		}
	}
	for hash, n := range s.wrongs() {
		if n >= maxWrong {
			st.LeftAlone = append(st.LeftAlone, hash)
		}
	}
	slices.Sort(st.LeftAlone)
	for code, detail := range faults {
		zh, en := words(code)
		st.Faults = append(st.Faults, Fault{Code: code, ZH: zh, EN: en, Detail: detail})
	}
	slices.SortFunc(st.Faults, func(a, b Fault) int { return cmp.Compare(a.Code, b.Code) })
	return st
}

func names(items []Item) []string {
	var all []string
	for _, it := range items {
		all = append(all, it.Name)
	}
	return all
}

// cutList joins names for people, the first ten of them.
func cutList(all []string) string {
	const most = 10
	text := quoted(all[:min(most, len(all))])
	if len(all) > most {
		text += fmt.Sprintf(" and %d more", len(all)-most)
	}
	return text
}

func quoted(all []string) string {
	words := make([]string, len(all))
	for i, n := range all {
		words[i] = strconv.Quote(n)
	}
	return strings.Join(words, ", ")
}
