// Speechgen makes the recordings in kiosk/starter/speech: the spoken texts with espeak-ng
// (Debian's espeak-ng 1.51, voices cmn-latn-pinyin and en-gb) and the tones by arithmetic. Run from the
// module's root:
//
//	go run ./kiosk/starter/speechgen kiosk/starter/speech
//
// A recording by a human voice replaces a file of the same name; see the README there.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
)

// spoken is one spoken text: Chinese first, then English. The voice reads pinyin: from the
// characters, espeak-ng 1.51 speaks the numbers of the tones as English words.
type spoken struct {
	name, zh, pinyin, en string
}

// texts are what takeovers say, by the names that they use. 119 is read yao yao jiu, as every
// caller in China says it.
func texts() []spoken {
	return []spoken{
		{"verify", "报警核实中，请注意。", "bao4 jing3 he2 shi2 zhong1, qing3 zhu4 yi4.", "Alarm being verified. Please be alert."},
		{"evacuate", "发生火情，请立即疏散！不要乘坐电梯，请拨打幺幺九！",
			"fa1 sheng1 huo3 qing2, qing3 li4 ji2 shu1 san4! bu2 yao4 cheng2 zuo4 dian4 ti1, qing3 bo1 da3, yao1 yao1 jiu3!",
			"Fire! Leave now. Use no lift. Call 1 1 9."},
		{"drill", "现在进行消防演练，请勿惊慌。", "xian4 zai4 jin4 xing2 xiao1 fang2 yan3 lian4, qing3 wu4 jing1 huang1.", "This is a fire drill. Please stay calm."},
		{"test", "设备测试。", "she4 bei4 ce4 shi4.", "Equipment test."},
		{"reported", "已报警。", "yi3 bao4 jing3.", "The alarm has been reported."},
		{"answered", "控制室已接警。", "kong4 zhi4 shi4 yi3 jie1 jing3.", "The control room has answered."},
	}
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: speechgen FOLDER")
		os.Exit(2)
	}
	if err := generate(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "speechgen:", err)
		os.Exit(1)
	}
}

func generate(dir string) error {
	for name, samples := range map[string][]float64{
		"tone-alarm": alarmTone(), "tone-attention": attentionTone(), "tone-drill": drillTone(),
	} {
		if err := save(dir, name, samples); err != nil {
			return err
		}
	}
	for _, t := range texts() {
		zh, err := speak("cmn-latn-pinyin", 175, t.pinyin)
		if err != nil {
			return err
		}
		en, err := speak("en-gb", 165, t.en)
		if err != nil {
			return err
		}
		voice := append(append(zh, silence(0.35)...), en...)
		samples := append(append(silence(0.1), level(voice, speechRMS)...), silence(0.3)...)
		if err := save(dir, t.name, samples); err != nil {
			return err
		}
	}
	return nil
}

// speak has espeak-ng read the text, without the silence around it, at our rate.
func speak(voice string, wordsPerMinute int, text string) ([]float64, error) {
	wav, err := exec.Command("espeak-ng", "-v", voice, "-s", strconv.Itoa(wordsPerMinute), "-p", "42", "-a", "120", "--stdout", text).Output()
	if err != nil {
		return nil, fmt.Errorf("espeak-ng -v %s: %w", voice, err)
	}
	samples, from, err := decode(wav)
	if err != nil {
		return nil, fmt.Errorf("espeak-ng -v %s: %w", voice, err)
	}
	return trim(resample(samples, from, rate)), nil
}

func save(dir, name string, samples []float64) error {
	path := filepath.Join(dir, name+".wav")
	if err := os.WriteFile(path, encode(samples), 0o644); err != nil {
		return fmt.Errorf("write recording: %w", err)
	}
	return nil
}
