package replay

import (
	"fmt"
	"io"
	"os"
	"strings"
)

// progress writes one line per inspection and, on a terminal, a bar below them.
type progress struct {
	out      io.Writer
	terminal bool
	total    int
	done     int
}

func newProgress(out io.Writer, total int) *progress {
	return &progress{out: out, terminal: isTerminal(out), total: total}
}

func isTerminal(out io.Writer) bool {
	file, ok := out.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// say writes a line above the bar.
func (p *progress) say(format string, args ...any) {
	p.clear()
	fmt.Fprintf(p.out, format+"\n", args...)
	p.bar()
}

// next counts an inspection and writes its line.
func (p *progress) next(format string, args ...any) {
	p.done++
	p.say("[%*d/%d] %s", len(fmt.Sprint(p.total)), p.done, p.total, fmt.Sprintf(format, args...))
}

// clear takes the bar away.
func (p *progress) clear() {
	if p.terminal {
		fmt.Fprint(p.out, "\r\x1b[K")
	}
}

const barWidth = 40

func (p *progress) bar() {
	if !p.terminal || p.total == 0 {
		return
	}
	full := barWidth * p.done / p.total
	fmt.Fprintf(p.out, "[%s%s] %d of %d", strings.Repeat("#", full), strings.Repeat(".", barWidth-full), p.done, p.total)
}
