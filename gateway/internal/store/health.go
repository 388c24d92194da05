package store

// Health returns the store's state. It touches no disk.
func (s *Store) Health() Health {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := Health{
		Mode: ModeDisk, Epoch: s.num.epoch, Seq: s.num.seq, Position: s.num.pos, Durable: s.durable,
		Waiting: len(s.pending) + len(s.inHand), Backlog: make(map[string]int64), Dropped: make(map[string]uint64, laneCount),
		Bytes: s.stats.used, FileBytes: s.stats.file, Events: s.stats.events, TelemetryBytes: s.stats.teleBytes,
		Commits: s.stats.commits, CommitErrors: s.stats.commitErrors, LastCommit: s.stats.lastCommit,
		Quarantined: s.stats.quarantined, Salvaged: s.stats.salvaged, Salvaging: s.salvage != nil || s.corrupt != nil,
		Checked: s.stats.checked,
	}
	if s.memoryWhy != nil {
		h.Mode, h.Err = ModeMemory, s.memoryWhy.Error()
	}
	if s.secondErr != nil {
		h.SecondErr = s.secondErr.Error()
	}
	for lane, n := range s.dropped {
		h.Dropped[string(laneNames[lane])] = n
	}
	for name, o := range s.boxes {
		o.mu.Lock()
		for lane := range o.lanes {
			h.Backlog[name+"/"+string(laneNames[lane])] = o.lanes[lane].backlog
		}
		o.mu.Unlock()
	}
	return h
}
