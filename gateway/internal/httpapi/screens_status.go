package httpapi

// Screens are the televisions, boards and what plays on them, as the page shows them.
type Screens struct {
	// Takeover is what the screens should show instead of the programme; nil: nothing.
	Takeover *ScreenTakeover `json:"takeover,omitempty"`
	// Notice are the words of a notice that is on the screens now; empty: none.
	Notice      string       `json:"notice,omitempty"`
	Televisions []Television `json:"televisions"`
	Boards      []Board      `json:"boards"`
	Speaker     *Speaker     `json:"speaker,omitempty"`
	Programme   Programme    `json:"programme"`
	Plays       Plays        `json:"plays"`
}

// ScreenTakeover is a takeover in few words.
type ScreenTakeover struct {
	ID    string `json:"id"`
	Kind  string `json:"kind"`
	Stage string `json:"stage"`
	// TitleZH and TitleEN are its headline; PlacesZH and PlacesEN where it burns.
	TitleZH  string   `json:"title_zh"`
	TitleEN  string   `json:"title_en"`
	PlacesZH []string `json:"places_zh"`
	PlacesEN []string `json:"places_en"`
}

// Television is one television on the page.
type Television struct {
	Name string `json:"name"`
	// Health is the judge's word (ok, degraded, black, unplugged, unknown), TextZH and TextEN
	// its line for people.
	Health string `json:"health"`
	TextZH string `json:"text_zh"`
	TextEN string `json:"text_en"`
	// Dark: the booth itself has switched it off, or its programme is out of hours.
	Dark bool `json:"dark"`
	// Item is what is painted in the main zone; empty where nothing is known.
	Item string `json:"item"`
	// Painted says of the takeover: none (there is none), painted, old (an earlier content of
	// it), unconfirmed, or lingers (one that is over).
	Painted string `json:"painted"`
	// PaintMS is how long the present takeover, or the last one, took until it was painted; 0
	// where none was painted.
	PaintMS float64 `json:"paint_ms,omitempty"`
	// BeatAgeMS is how old the newest beat of the page is; negative: never one. Stale: too old
	// to say how the screen is now.
	BeatAgeMS int64 `json:"beat_age_ms"`
	Stale     bool  `json:"stale"`
	// Connected: the page is there. Build is its build, empty where unknown; OldBuild: not the
	// one that is served.
	Connected bool   `json:"connected"`
	OldBuild  bool   `json:"old_build,omitempty"`
	Error     string `json:"error,omitempty"`
	// Runner: the browser's runner is there; the next three mean nothing while it is not.
	Runner        bool   `json:"runner"`
	BrowserUp     bool   `json:"browser_up"`
	BrowserStarts uint64 `json:"browser_starts"`
	BrowserWhy    string `json:"browser_why,omitempty"`
	// Plug is in, out, fallback or unknown; Mode what the connector runs at.
	Plug string `json:"plug"`
	Mode string `json:"mode,omitempty"`
	// Heap is the page's script memory in bytes, 0 where it is not known; Width and Height are
	// the page's real pixels.
	Heap   int64 `json:"heap,omitempty"`
	Width  int   `json:"width,omitempty"`
	Height int   `json:"height,omitempty"`
	// Set is the television set itself; nil where nobody controls it.
	Set *TelevisionSet `json:"set,omitempty"`
}

// TelevisionSet is a television set behind its own control.
type TelevisionSet struct {
	// On is as it was read back; nil: not known, which is never shown as on.
	On    *bool  `json:"on"`
	Input string `json:"input,omitempty"`
	Err   string `json:"error,omitempty"`
}

// Board is one LED board on the page.
type Board struct {
	Name string `json:"name"`
	Kind string `json:"kind"`
	// Up: the card confirmed the last command.
	Up  bool   `json:"up"`
	Err string `json:"error,omitempty"`
	// Shows is what the card confirmed: takeover, notice, programme or dark; empty: nothing.
	Shows string `json:"shows"`
	// Painted says of the takeover: none, painted, unconfirmed, or lingers.
	Painted string `json:"painted"`
	// Tamper: the card held something that nobody here has put there; it is dark until somebody
	// has looked at it and resets the booth's point Reset.
	Tamper bool   `json:"tamper"`
	Reset  string `json:"reset,omitempty"`
	// The rest is what the card says of itself; nil: not known.
	Model      string   `json:"model,omitempty"`
	Lit        *bool    `json:"lit,omitempty"`
	Brightness *int     `json:"brightness,omitempty"`
	Celsius    *float64 `json:"celsius,omitempty"`
	Smoke      *bool    `json:"smoke,omitempty"`
	Door       *bool    `json:"door,omitempty"`
	Signal     *bool    `json:"signal,omitempty"`
}

// Speaker is the booth's speaker.
type Speaker struct {
	// Want: something should be heard; Sounding: the sound card takes it.
	Want     bool   `json:"want"`
	Sounding bool   `json:"sounding"`
	Err      string `json:"error,omitempty"`
}

// Programme is what plays, and what is on its way.
type Programme struct {
	// Name is the edition, such as "winter v3"; empty: there is none at all.
	Name    string `json:"name"`
	TitleZH string `json:"title_zh"`
	TitleEN string `json:"title_en"`
	// Starter: it is the one that came with the booth. Version is the published manifest's.
	Starter bool   `json:"starter"`
	Version uint64 `json:"version"`
	// Wanted is the version being fetched, 0 for none; Missing and MissingBytes what it still
	// lacks, Waiting why nothing comes just now, Fetching what does.
	Wanted       uint64 `json:"wanted,omitempty"`
	Missing      int    `json:"missing,omitempty"`
	MissingBytes int64  `json:"missing_bytes,omitempty"`
	Waiting      string `json:"waiting,omitempty"`
	Fetching     string `json:"fetching,omitempty"`
	FetchingAt   int64  `json:"fetching_at,omitempty"`
	FetchingSize int64  `json:"fetching_size,omitempty"`
	// Trouble says why nothing can be published; Refused why the newest programme of the
	// server, Package why the last one brought by hand, was not taken.
	Trouble string `json:"trouble,omitempty"`
	Refused string `json:"refused,omitempty"`
	Package string `json:"package,omitempty"`
	// OutOfPlay are items whose files are damaged or missing; Faults what is wrong with media.
	OutOfPlay []string     `json:"out_of_play,omitempty"`
	Faults    []MediaFault `json:"faults,omitempty"`
	// Bytes are held of Budget; Free on the disk, -1 where it does not say, of which Floor stays.
	Bytes  int64 `json:"bytes"`
	Budget int64 `json:"budget"`
	Free   int64 `json:"free"`
	Floor  int64 `json:"floor"`
}

// MediaFault is one thing that is wrong with media.
type MediaFault struct {
	ZH     string `json:"zh"`
	EN     string `json:"en"`
	Detail string `json:"detail"`
}

// Plays is the proof of play of the present day.
type Plays struct {
	// Day is YYYY-MM-DD, or "unclocked" while no clock is trusted; empty: nobody counts.
	Day      string `json:"day"`
	Count    int64  `json:"count"`
	Failed   int64  `json:"failed"`
	Rejected int64  `json:"rejected"`
}
