package field

import (
	"fmt"
	"strings"

	"firepost/firmware-contracts/contract"
)

// Text is the state in words.
func (s State) Text() contract.Text {
	switch s {
	case Slow:
		return contract.Text{ZH: "应答慢", EN: "slow"}
	case Doubled:
		return contract.Text{ZH: "地址冲突", EN: "two devices"}
	case Single:
	}
	return contract.Text{ZH: "正常", EN: "fine"}
}

// Text is the kind of frame in words.
func (k Kind) Text() contract.Text {
	switch k {
	case Asks:
		return contract.Text{ZH: "请求", EN: "request"}
	case Answers:
		return contract.Text{ZH: "应答", EN: "reply"}
	case Refuses:
		return contract.Text{ZH: "异常", EN: "exception"}
	case Stray:
		return contract.Text{ZH: "无请求", EN: "stray"}
	case Garbage:
	}
	return contract.Text{ZH: "噪声", EN: "noise"}
}

// Notes are what an installer should know and do, in words.
func (r *ScanResult) Notes() []contract.Text {
	var out []contract.Text
	note := func(zh, en string, args ...any) {
		out = append(out, contract.Text{ZH: fmt.Sprintf(zh, args...), EN: fmt.Sprintf(en, args...)})
	}
	for i := range r.Found {
		switch f := &r.Found[i]; f.State {
		case Doubled:
			note("地址 %d：有两台设备同时应答。拔下其中一台，用 firepost bus adopt 重新接入。",
				"address %d: two devices answer. Unplug one of them and bring it in with firepost bus adopt.", f.Unit)
		case Slow:
			note("地址 %d：应答用时 %d ms；契约的 reply_within 必须更长。",
				"address %d: it took %d ms to answer; its contract's reply_within must be longer.", f.Unit, f.Reply.Milliseconds())
		case Single:
		}
	}
	if len(r.Missing) > 0 {
		note("已配置但没有应答：%s", "configured, but silent: %s", strings.Join(r.Missing, ", "))
	}
	for _, h := range r.Heard {
		if h.Strangers > 0 {
			note("%s：听到 %d 个不是询问所得的帧，线上有别的主机。断开它再扫描。",
				"%s: %d frames that nobody asked for: another master talks on this line. Disconnect it and scan again.", h.Speed, h.Strangers)
		}
		if h.Noise > 0 {
			note("%s：听到 %d 字节噪声：别的波特率、地址冲突，或线路缺少偏置电阻。",
				"%s: %d bytes of noise: another speed, a collision, or a line without bias resistors.", h.Speed, h.Noise)
		}
	}
	return out
}
